import { replicationNames } from '../../../model/names.ts';
import type { Session } from '../../clients.ts';
import { demandClaim, type TargetClaim } from '../target-claim.ts';
import type { Blueprint } from './blueprint.ts';

/**
 * What is done of a live copy, kept on the target beside the rows it speaks of, each mark in the transaction of its deed: so it is
 * true whoever died when. `daybreak.copy` says whose attempt may write, this table what every attempt works on.
 */
export interface CopyState {
  /** Where the slot's stream begins. */
  readonly slotLsn: string;
  /** Id of the leased snapshot, and what it sees. */
  readonly snapshot: string;
  readonly sees: string;
  /** What was found in the snapshot; null until the schema is laid on the target. */
  readonly blueprint: Blueprint | null;
  readonly finished: boolean;
  /** The snapshot was lost: tables without a mark come by PostgreSQL's own table sync. */
  readonly syncing: boolean;
  /** Since the slot was made, in ms by the target's clock; until it was finished. */
  readonly elapsedMs: number;
}

/** What is done: rows of a table with their number, or one of the blueprint's statements. */
export interface Mark {
  readonly what: string;
  readonly rows: number;
  readonly bytes: number;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS daybreak.live_copy (
  one boolean PRIMARY KEY DEFAULT true CHECK (one), slot_lsn pg_lsn NOT NULL, snapshot text NOT NULL, sees text NOT NULL,
  blueprint jsonb, began_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz);
CREATE TABLE IF NOT EXISTS daybreak.live_copy_mark (
  what text PRIMARY KEY, rows bigint NOT NULL DEFAULT 0, bytes bigint NOT NULL DEFAULT 0);`;

/** No statement of a blueprint and no table is called so. */
const SYNCING = 'the rest by table sync';

/** Null where no copy was begun. */
export async function readCopyState(target: Session): Promise<CopyState | null> {
  if (!(await wasBegun(target))) return null;
  const [row] = await target.query<CopyState>(
    `SELECT slot_lsn::text AS "slotLsn", snapshot, sees, blueprint, finished_at IS NOT NULL AS finished,
            EXISTS (SELECT FROM daybreak.live_copy_mark WHERE what = $1) AS syncing,
            extract(epoch FROM coalesce(finished_at, clock_timestamp()) - began_at)::float8 * 1000 AS "elapsedMs"
       FROM daybreak.live_copy`,
    [SYNCING],
  );
  return row ?? null;
}

async function wasBegun(target: Session): Promise<boolean> {
  const [found] = await target.query<{ at: string | null }>(`SELECT to_regclass('daybreak.live_copy') AS at`);
  return found?.at != null;
}

/** Begun and not finished; the blueprint may be large, and whoever asks this asks often. */
export async function copyIsUnderWay(target: Session): Promise<boolean> {
  if (!(await wasBegun(target))) return false;
  return (await target.query('SELECT FROM daybreak.live_copy WHERE finished_at IS NULL')).length > 0;
}

export async function readMarks(target: Session): Promise<Mark[]> {
  return target.query<Mark>('SELECT what, rows::float8 AS rows, bytes::float8 AS bytes FROM daybreak.live_copy_mark');
}

/** Does a deed on the target in one transaction with its mark, if the claim still holds when it is done. Throws `TokenOutdated`. */
export async function doMarked(
  target: Session,
  claim: TargetClaim,
  deed: () => Promise<Omit<Mark, 'what'> | void>,
  what: string,
): Promise<void> {
  await target.transaction(async () => {
    const { rows, bytes } = (await deed()) ?? { rows: 0, bytes: 0 };
    // Last, for the row it locks is every lane's.
    await demandClaim(target, claim);
    await target.query('INSERT INTO daybreak.live_copy_mark (what, rows, bytes) VALUES ($1, $2, $3)', [
      what,
      rows,
      bytes,
    ]);
  });
}

/** Forgets every copy before: whatever lies on the target belongs to no snapshot any more. */
export async function forgetCopy(target: Session, claim: TargetClaim): Promise<void> {
  await target.transaction(async () => {
    await demandClaim(target, claim);
    await target.query(`${TABLES} DELETE FROM daybreak.live_copy_mark; DELETE FROM daybreak.live_copy`);
  });
}

export async function beginCopy(
  target: Session,
  claim: TargetClaim,
  { slotLsn, snapshot, sees }: Pick<CopyState, 'slotLsn' | 'snapshot' | 'sees'>,
): Promise<void> {
  await target.transaction(async () => {
    await demandClaim(target, claim);
    await target.query('INSERT INTO daybreak.live_copy (slot_lsn, snapshot, sees) VALUES ($1, $2, $3)', [
      slotLsn,
      snapshot,
      sees,
    ]);
  });
}

/** From here on no snapshot is taken up again; `left`, quoted, are emptied, for what syncs them only adds. */
export async function leaveToSync(target: Session, claim: TargetClaim, left: readonly string[]): Promise<void> {
  const empty = async (): Promise<void> => {
    if (left.length > 0) await target.query(`TRUNCATE ${left.map((name) => `ONLY ${name}`).join(', ')}`);
  };
  await doMarked(target, claim, empty, SYNCING);
}

/** The same snapshot under another id: its lease was taken over. */
export async function renameSnapshot(target: Session, claim: TargetClaim, snapshot: string): Promise<void> {
  await target.transaction(async () => {
    await demandClaim(target, claim);
    await target.query('UPDATE daybreak.live_copy SET snapshot = $1', [snapshot]);
  });
}

/** Whether the target follows the source already. */
export async function isSubscribed(target: Session, migration: string): Promise<boolean> {
  const found = await target.query(
    `SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname = current_database() AND subname = $1`,
    [replicationNames(migration).forward],
  );
  return found.length > 0;
}
