import bytes from 'bytes';
import { replicationNames } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Owner } from '../contract.ts';
import { findInstance } from '../rds/describe.ts';
import { slotHealth, type SlotHealth } from './slot-health.ts';
import { syncSlots } from './sync-slots.ts';

/** What the source keeps for a migration, and what it has left. */
export interface KeptLog {
  /** Write-ahead log that no slot but ours needs. */
  readonly retainedBytes: number;
  /** As reckoned: an upper bound, for what is neither database nor log is not seen; null where even that is not known. */
  readonly freeBytes: number | null;
}

/** What is wrong with it, in words without a changing figure. */
export interface LogTrouble {
  /** The source is in danger: the slots have to go. */
  readonly stops: string | null;
  readonly trouble: string | null;
}

/** On a session of the source. Nothing is asked of AWS while no slot of ours stands. */
export async function keptLog(
  clients: Pick<Clients, 'rds'>,
  source: Session,
  { migration, plan }: Owner,
): Promise<KeptLog> {
  const { forward, tracker } = replicationNames(migration);
  const slots: (SlotHealth | null)[] = [];
  for (const slot of [forward, tracker, ...(await syncSlots(source))]) slots.push(await slotHealth(source, slot));
  if (slots.every((slot) => slot === null)) return { retainedBytes: 0, freeBytes: null };
  const retainedBytes = Math.max(...slots.map((slot) => slot?.retainedBytes ?? 0));
  return { retainedBytes, freeBytes: await freeStorage(clients, source, plan) };
}

/** Storage without databases and log. What AWS measures itself (FreeStorageSpace) is in CloudWatch, which is not asked. */
async function freeStorage(
  { rds }: Pick<Clients, 'rds'>,
  source: Session,
  { source: { region, instance } }: Owner['plan'],
): Promise<number | null> {
  const found = await findInstance(rds(region), instance);
  const [role] = await source.query<{ sees: boolean }>(`SELECT pg_has_role('pg_monitor', 'usage') AS sees`);
  if (found?.AllocatedStorage === undefined || role?.sees !== true) return null;
  const [used] = await source.query<{ bytes: number }>(
    `SELECT ((SELECT coalesce(sum(pg_database_size(oid)), 0) FROM pg_database)
           + (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()))::float8 AS bytes`,
  );
  return used === undefined ? null : found.AllocatedStorage * 1024 ** 3 - used.bytes;
}

/** Below this, dropping our slots would give the source next to nothing back. */
const WORTH_DROPPING = 256 * 1024 ** 2;

/** Pure. */
export function logTrouble(
  { retainedBytes, freeBytes }: KeptLog,
  { maxRetainedWal, minFreeStorage }: Owner['plan']['replication'],
): LogTrouble {
  const [most, least] = [words(maxRetainedWal), words(minFreeStorage)];
  const free = retainedBytes < WORTH_DROPPING ? Infinity : (freeBytes ?? Infinity);
  if (retainedBytes > maxRetainedWal)
    return stop(`the source keeps more than ${most} of its log for the target (replication.maxRetainedWal)`);
  if (free < minFreeStorage)
    return stop(
      `the source has less than ${least} of storage left, as reckoned, and keeps log for the target (replication.minFreeStorage)`,
    );
  const soon: string[] = [];
  if (retainedBytes > maxRetainedWal / 2)
    soon.push(
      `the source keeps more than ${words(maxRetainedWal / 2)} of its log for the target; past ${most} this run undoes itself`,
    );
  if (free < minFreeStorage * 2)
    soon.push(
      `the source has less than ${words(minFreeStorage * 2)} of storage left, as reckoned; below ${least} this run undoes itself`,
    );
  return { stops: null, trouble: soon.length === 0 ? null : soon.join('; ') };
}

const stop = (words: string): LogTrouble => ({ stops: words, trouble: words });

const words = (amount: number): string => bytes(amount, { unitSeparator: ' ' }) ?? `${amount} B`;
