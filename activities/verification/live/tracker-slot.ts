import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';
import { parseLsn } from './lsn.ts';

/** The tracker's place in the log of the giving side outlives every worker: it is a replication slot of its own. */

interface Found {
  readonly confirmed: string | null;
  readonly reader: number | null;
  readonly lost: boolean;
}

const FIND = `SELECT confirmed_flush_lsn::text AS confirmed, active_pid AS reader, wal_status = 'lost' AS lost
  FROM pg_replication_slots WHERE slot_name = $1`;

const find = async (session: Session, slot: string): Promise<Found | undefined> =>
  (await session.query<Found>(FIND, [slot]))[0];

/**
 * Makes the slot where there is none, and anew where the server gave it up: who calls it is about to compare everything.
 * Waits until every transaction that was writing has ended. The session must have no time limit on statements.
 */
export async function ensureTrackerSlot(session: Session, slot: string): Promise<void> {
  const found = await find(session, slot);
  if (found !== undefined && !found.lost) return;
  if (found !== undefined) await session.query('SELECT pg_drop_replication_slot($1)', [slot]);
  await session.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
}

/** Ends who still reads the slot: the last to come has it. Answers from where it goes on. Throws `VerificationFailed` if it is gone. */
export async function takeTrackerSlot(session: Session, slot: string): Promise<bigint> {
  const found = await find(session, slot);
  if (found === undefined || found.lost || found.confirmed === null)
    throw failure(
      'VerificationFailed',
      `replication slot ${slot}: found ${found === undefined ? 'none' : 'it given up by the server'}; wanted the place up to which rows are compared: compare all of them again`,
    );
  if (found.reader !== null) await session.query('SELECT pg_terminate_backend($1, 5000)', [found.reader]);
  const left = found.reader === null ? found : await find(session, slot);
  return parseLsn(left?.confirmed ?? found.confirmed);
}
