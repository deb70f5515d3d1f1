import type { Session } from '../clients.ts';

/** How a replication slot of this server is; bytes are exact up to 2^53. */
export interface SlotHealth {
  /** Somebody is reading from it. */
  readonly active: boolean;
  /** PostgreSQL's word: `reserved`, `extended`, `unreserved` (about to be lost) or `lost` (its reader can never go on). */
  readonly walStatus: string;
  /** WAL that is kept because of it. */
  readonly retainedBytes: number;
  /** WAL its reader has not confirmed yet; null for a slot that was never read. */
  readonly lagBytes: number | null;
  /** WAL that may still be written before the slot is lost; null where the server sets no bound. */
  readonly safeBytes: number | null;
}

/** Health of one slot on the session's server, which must not be a standby; null where there is none of that name. */
export async function slotHealth(session: Session, name: string): Promise<SlotHealth | null> {
  const [row] = await session.query<
    Record<'status' | 'retained', string> & Record<'lag' | 'safe', string | null> & { active: boolean }
  >(
    `SELECT active, wal_status AS status, safe_wal_size AS safe,
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0) AS retained,
            pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) AS lag
       FROM pg_replication_slots WHERE slot_name = $1`,
    [name],
  );
  if (row === undefined) return null;
  return {
    active: row.active,
    walStatus: row.status,
    retainedBytes: Number(row.retained),
    lagBytes: row.lag === null ? null : Number(row.lag),
    safeBytes: row.safe === null ? null : Number(row.safe),
  };
}
