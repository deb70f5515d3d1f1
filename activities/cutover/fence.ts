import { fence } from '../../model/custody.ts';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { applicationIsUs } from './application-is-us.ts';
import { step, type Attempt, type GiverHeld } from './attempt.ts';
import { END_READERS } from './custody-schema.ts';
import { checkToken, doDeed } from './custody-store.ts';

/**
 * The durable fence: custody `fenced`, roles NOLOGIN, CONNECT revoked, read-only by default, in one transaction; then every
 * client session is ended. It outlasts this process, so the server itself reopens it past the deadline (`timed-reopening.ts`).
 */
export async function raiseFence(attempt: GiverHeld): Promise<void> {
  const { giver, handOver, token } = attempt;
  const { maxWritePause } = handOver.plan.cutover;
  await giver.transaction(async () => {
    await doDeed(giver, (custody, nowMs) =>
      fence(custody, { token, handOver: handOver.handOver, deadlineMs: nowMs + maxWritePause }),
    );
    const doors = await shutDoors(attempt, giver);
    await giver.query('UPDATE daybreak.custody SET doors = $1, fenced_at = clock_timestamp()', [doors]);
  });
  await endClientSessions(giver, attempt.name);
}

/** Closes the side that will take writes, so that nobody sees a half-made copy; the opening opens it. */
export async function closeTaker(attempt: Attempt): Promise<void> {
  const { taker, token } = attempt;
  await taker.transaction(async () => {
    await checkToken(taker, token);
    const [row] = await taker.query<{ shut: boolean }>('SELECT doors IS NOT NULL AS shut FROM daybreak.custody');
    if (row?.shut === true) return;
    await taker.query('UPDATE daybreak.custody SET doors = $1', [await shutDoors(attempt, taker)]);
  });
  await endClientSessions(taker, attempt.name);
}

/** Turns the application's roles away, in the caller's transaction; answers what opening again needs, for custody to keep as JSON. */
export async function shutDoors({ handOver }: GiverHeld, side: Session): Promise<string> {
  const roles = handOver.plan.roles.map(({ name }) => name);
  const [row] = await side.query<{ doors: string }>('SELECT daybreak.shut_doors($1)::text AS doors', [roles]);
  if (row === undefined) throw new Error('the doors were shut and nothing was answered');
  return row.doors;
}

/** How often sessions are ended before the fence counts as not proved: each round waits up to 2 s for every one of them. */
const ROUNDS = 5;

/**
 * Ends every client session but this attempt's and the server's own; the doors are shut, so none comes back. Where the application logs
 * in as the very role we work as, it may: it finds a database that is read-only by default, and tables that refuse whatever it says.
 */
export async function endClientSessions(side: Session, name: string): Promise<void> {
  const [clock] = await side.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  const since = clock?.now ?? null;
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = await clientSessions(side, name, since);
    if (left.length === 0) return;
    await side.query('SELECT pg_terminate_backend(pid, 2000) FROM unnest($1::int[]) pid', [left.map(({ pid }) => pid)]);
  }
  const left = await clientSessions(side, name, since);
  if (left.length === 0) return;
  const users = [...new Set(left.map(({ usename }) => usename))].join(', ');
  throw failure('FenceNotProved', `${left.length} client sessions of ${users} could not be ended; wanted none`);
}

/**
 * Ends the application's sessions that began as the role we work as while the doors of this side were shut: "read-only" is what they
 * were told at login, and neither an opening nor giving back reaches them.
 */
export const endReaders = async (side: Session): Promise<void> => void (await side.query(END_READERS));

/** Behind a durable fence nobody is left to be sent to the new side but whoever logs in as we do: the read-only sessions it keeps here. */
export async function endClientsLeft(attempt: GiverHeld): Promise<void> {
  const { giver, giverLogin, handOver } = attempt;
  if (applicationIsUs(handOver, giverLogin))
    await step(attempt, 'end clients of the giving side', () => endReaders(giver));
}

/**
 * Client sessions of this database that are neither ours (this attempt, the timed reopening) nor the server's own superuser's. `since`,
 * by the server's clock: of the role we work as only those that began earlier.
 */
export const clientSessions = (
  side: Session,
  name: string,
  since: string | null = null,
): Promise<{ pid: number; usename: string }[]> =>
  side.query<{ pid: number; usename: string }>(
    `SELECT pid, usename FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND NOT (usename = current_user AND application_name = ANY ($1))
        AND (usename <> current_user OR $2::timestamptz IS NULL OR backend_start < $2::timestamptz)
        AND usename NOT IN (SELECT rolname FROM pg_roles WHERE rolsuper)`,
    [[name, reopeningName(name)], since],
  );

/** Session name of the timed reopening: without a token, so that a successor leaves it alive. */
export const reopeningName = (name: string): string => name.replace(/[^/]*$/, 'reopening');
