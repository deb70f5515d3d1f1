import { setTimeout as wait } from 'node:timers/promises';
import { escapeIdentifier } from 'pg';
import { replicationNames } from '../../../model/names.ts';
import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';
import { dropSyncSlots } from '../../replication/sync-slots.ts';
import { demandClaim, type TargetClaim } from '../target-claim.ts';
import { beginSync } from './begin-sync.ts';
import { forgetCopy } from './copy-state.ts';
import { wasAlteredMeanwhile } from './copy-table.ts';
import type { LiveReport } from './live-progress.ts';
import { alteredOf, endSync } from './lost-snapshot.ts';
import { lookAtSync, type SyncLook } from './sync-look.ts';
import { syncMeter } from './sync-meter.ts';
import { readSyncWorkers, syncRemark, type CopyBounds } from './sync-remark.ts';
import { syncVerdict, type SyncVerdict } from './sync-verdict.ts';
import type { TableToCopy } from './tables.ts';
import type { SnapshotOrder } from './take-snapshot.ts';

export interface SyncOrder extends SnapshotOrder, CopyBounds {
  /** `application_name` of the attempt's sessions. */
  readonly name: string;
  readonly progress: LiveReport;
  readonly abort: AbortSignal;
}

/**
 * Lets PostgreSQL bring the tables that are `left` while it applies to the others what came since they were copied. Settles with the
 * subscription disabled, all its tables in step: the target is then as the source was after one of its transactions, and nothing moves.
 *
 * It is not ours to throttle, and takes as many connections as the target's `max_sync_workers_per_subscription`: people are told. An abort
 * stops it, and costs the tables under way; whatever else ends us it goes on, and the next attempt waits for it. Throws `CopyFailed`
 * where it fails again and again, `DatabaseUnreachable` where the source does not answer us, or the target hears nothing of it.
 */
export async function syncTables(order: SyncOrder, left: readonly TableToCopy[]): Promise<void> {
  const { clients, migration, target, claim, from, into, name, progress, abort } = order;
  const { forward } = replicationNames(migration);
  progress.stage('sync', syncRemark(await readSyncWorkers(into), order));
  try {
    await beginSync(order, left);
    await awaitSync(order, left);
    await halt(into, claim, forward);
    await dropSyncSlots(from);
  } catch (error) {
    if (abort.aborted) {
      // The abort closed the sessions at hand.
      await using session = await clients.openSession(target, { name });
      await halt(session, claim, forward);
    }
    throw error;
  }
}

const BETWEEN_LOOKS_MS = 500;
/** The source answers a SELECT of nothing within this, or is not there. */
const PULSE_LIMIT_MS = 5_000;

async function awaitSync(order: SyncOrder, left: readonly TableToCopy[]): Promise<void> {
  const { clients, migration, source, into, name, progress, abort } = order;
  const { forward } = replicationNames(migration);
  const meter = syncMeter(left, progress);
  const judge = syncVerdict();
  await using pulse = await clients.openSession(source, { name, statementTimeoutMs: PULSE_LIMIT_MS });
  for (;;) {
    // PostgreSQL waits for a source that is gone, and says so in its log only.
    await pulse.query('SELECT');
    const look = await lookAtSync(into, forward);
    meter(look.tables);
    const verdict = judge(look);
    if (verdict === 'done') return;
    if (verdict !== 'under way') throw await whyItFails(order, left, { look, verdict });
    await wait(BETWEEN_LOOKS_MS, undefined, { signal: abort });
  }
}

/** A table that was altered on the source fits neither its rows nor its stream any more. */
async function whyItFails(
  order: SyncOrder,
  left: readonly TableToCopy[],
  { look, verdict }: { readonly look: SyncLook; readonly verdict: SyncVerdict },
): Promise<unknown> {
  const { migration, source, claim, from, into } = order;
  const altered = await alteredOf(from, left);
  const [table] = left.filter(({ name }) => altered.has(name));
  if (table !== undefined) {
    await endSync(order);
    await forgetCopy(into, claim);
    return wasAlteredMeanwhile(table);
  }
  const { forward } = replicationNames(migration);
  if (verdict === 'unheard')
    return failure(
      'DatabaseUnreachable',
      `subscription ${forward} hears nothing of the source, which answers here: wanted the target to reach ${source.host}:${source.port}; its log says why not`,
    );
  const waiting = look.tables.filter(({ state }) => state !== 'r').map(({ name }) => name);
  return failure(
    'CopyFailed',
    verdict === 'failing'
      ? `table sync of subscription ${forward} fails again and again, see the target's log; ${waiting.length} tables wait, first ${waiting.slice(0, 5).join(', ')}`
      : `subscription ${forward} was disabled while it brings the rest of the tables; wanted it left alone: retry enables it`,
  );
}

/** Those that copy a table would not notice by themselves that the subscription is disabled. */
async function halt(into: Session, claim: TargetClaim, subscription: string): Promise<void> {
  await into.transaction(async () => {
    await demandClaim(into, claim);
    await into.query(`ALTER SUBSCRIPTION ${escapeIdentifier(subscription)} DISABLE`);
  });
  const endWorkers = (): Promise<object[]> =>
    into.query(
      'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_subscription WHERE subname = $1 AND pid IS NOT NULL',
      [subscription],
    );
  while ((await endWorkers()).length > 0);
}
