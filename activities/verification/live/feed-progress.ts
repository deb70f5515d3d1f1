import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';
import { parseLsn } from './lsn.ts';
import { unseenBy, type Unseen } from './recent-transactions.ts';

export interface FeedProgress {
  /**
   * Every transaction before this place is applied, durable and visible on the other side: its apply worker confirms only when it
   * is done with one. `pg_replication_origin_status` is no such measure, it moves before the transaction shows.
   */
  readonly applied: bigint;
  /** What statements of the giving side may not see yet. */
  readonly unseen: Unseen;
}

/** How far the slot of a feed is, asked on the giving side. Throws `VerificationFailed` if it is gone. */
export async function feedProgress(giver: Session, slot: string): Promise<FeedProgress> {
  const [row] = await giver.query<{ applied: string | null; snapshot: string }>(
    `SELECT confirmed_flush_lsn::text AS applied, pg_current_snapshot()::text AS snapshot
       FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  if (row?.applied == null)
    throw failure('VerificationFailed', `found no replication slot ${slot}; wanted the one the other side follows`);
  return { applied: parseLsn(row.applied), unseen: unseenBy(row.snapshot) };
}

/** The end of the log: what was committed until now is before it. */
export async function logEnd(giver: Session): Promise<bigint> {
  const [row] = await giver.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  return parseLsn(row?.lsn ?? '');
}

/**
 * Brings the log up to its present end to disk, and so to its readers. Without it a quiet server may take seconds: what is
 * inserted is not flushed until somebody commits. No standby is waited for.
 */
export async function flushLog(giver: Session): Promise<void> {
  await giver.query(
    `SELECT pg_logical_emit_message(true, 'daybreak', '') WHERE set_config('synchronous_commit', 'local', true) = 'local'`,
  );
}
