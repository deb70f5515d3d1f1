import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../clients.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';

/** A logical slot for pgoutput; waits for every write transaction open on the server, as PostgreSQL must. */
export async function ensureSlot(session: Session, name: string): Promise<void> {
  const found = await session.query('SELECT FROM pg_replication_slots WHERE slot_name = $1', [name]);
  if (found.length === 0) await session.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [name]);
}

const TRIES = 50;
const BETWEEN_TRIES_MS = 100;
const IN_USE = '55006';

/**
 * Ends whoever reads from the slot and drops it; answers whether it was there. Its reader must not be able to come back (its
 * subscription dropped, or its role shut out). Throws `DatabaseUnreachable` while it is in use all the same.
 */
export async function dropSlot(session: Session, name: string): Promise<boolean> {
  for (let left = TRIES; ; left -= 1) {
    const [slot] = await session.query<{ reader: number | null }>(
      'SELECT active_pid AS reader FROM pg_replication_slots WHERE slot_name = $1',
      [name],
    );
    if (slot === undefined) return left < TRIES;
    if (slot.reader !== null) await session.query('SELECT pg_terminate_backend($1, 2000)', [slot.reader]);
    try {
      await session.query('SELECT pg_drop_replication_slot($1)', [name]);
      return true;
    } catch (error) {
      if (sqlStateOf(error) !== IN_USE || left <= 1) throw error;
      await wait(BETWEEN_TRIES_MS);
    }
  }
}
