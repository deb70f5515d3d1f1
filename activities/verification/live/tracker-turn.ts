import type { Session } from '../../clients.ts';

/**
 * Whose turn it is to read the tracker's slot. Whoever needs it for a verdict, a whole comparison or a cutover, takes it; who only
 * carries an earlier verdict along asks, and gives way. The server frees the turn of a session that ends.
 */

const KEY = 'hashtextextended($1, 0)';

/** Ends whoever only carries a verdict along. Others that take the turn are not kept waiting: among them the slot itself decides. */
export async function takeTurn(session: Session, slot: string): Promise<void> {
  await session.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
      WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::int8 << 32) | objid::int8 = ${KEY}`,
    [slot],
  );
  await session.query(`SELECT pg_advisory_lock_shared(${KEY})`, [slot]);
}

/** False where somebody has taken the turn. */
export async function askTurn(session: Session, slot: string): Promise<boolean> {
  const [row] = await session.query<{ got: boolean }>(`SELECT pg_try_advisory_lock(${KEY}) AS got`, [slot]);
  return row?.got === true;
}
