import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';
import { sqlStateOf } from '../../postgres/postgres-failure.ts';
import { parseLsn } from './lsn.ts';
import { takeTurn } from './tracker-turn.ts';

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
  // What was known to be equal at the opening is not known from a slot made since.
  await session.query('UPDATE daybreak.custody SET tracked = false');
  await session.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
}

/**
 * Ends who still reads the slot and opens it from where it stands: the last to come has it. Throws `VerificationFailed` where the
 * slot is gone, and what `open` throws.
 */
export async function takeOver<Opened>(
  session: Session,
  slot: string,
  open: (start: bigint) => Promise<Opened>,
): Promise<Opened> {
  await takeTurn(session, slot);
  return unread(session, slot, (found) => open(placeOf(slot, found)));
}

/** Where the slot stands; null where there is none. Throws `VerificationFailed` where the server gave it up. */
export async function standsAt(session: Session, slot: string): Promise<bigint | null> {
  const found = await find(session, slot);
  return found === undefined ? null : placeOf(slot, found);
}

function placeOf(slot: string, found: Found | undefined): bigint {
  if (found === undefined || found.lost || found.confirmed === null)
    throw failure(
      'VerificationFailed',
      `replication slot ${slot}: found ${found === undefined ? 'none' : 'it given up by the server'}; wanted the place up to which rows are compared: compare all of them again`,
    );
  return parseLsn(found.confirmed);
}

/** Attempts at the slot: a reader may come back between its end and the deed, and is ended again. */
const ATTEMPTS = 5;
/** SQLSTATE where another connection reads the slot. */
const IN_USE = '55006';

/** Does a deed with the slot that nobody else may read meanwhile. */
async function unread<Result>(
  session: Session,
  slot: string,
  deed: (found: Found | undefined) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await find(session, slot);
    if (before?.reader != null) await session.query('SELECT pg_terminate_backend($1, 5000)', [before.reader]);
    try {
      return await deed(await find(session, slot));
    } catch (error) {
      if (attempt === ATTEMPTS || sqlStateOf(error) !== IN_USE) throw error;
    }
  }
}
