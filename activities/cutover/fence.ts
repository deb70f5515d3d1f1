import { fence } from '../../model/custody.ts';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import type { Attempt, GiverHeld } from './attempt.ts';
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

/** Ends every client session but this attempt's and the server's own; the doors are shut, so none comes back. */
export async function endClientSessions(side: Session, name: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = await clientSessions(side, name);
    if (left.length === 0) return;
    await side.query('SELECT pg_terminate_backend(pid, 2000) FROM unnest($1::int[]) pid', [left.map(({ pid }) => pid)]);
  }
  const left = await clientSessions(side, name);
  if (left.length === 0) return;
  const users = [...new Set(left.map(({ usename }) => usename))].join(', ');
  throw failure('FenceNotProved', `${left.length} client sessions of ${users} could not be ended; wanted none`);
}

/** Client sessions of this database that are neither ours (this attempt, the timed reopening) nor the server's own superuser's. */
export const clientSessions = (side: Session, name: string): Promise<{ pid: number; usename: string }[]> =>
  side.query<{ pid: number; usename: string }>(
    `SELECT pid, usename FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND NOT (usename = current_user AND application_name = ANY ($1))
        AND usename NOT IN (SELECT rolname FROM pg_roles WHERE rolsuper)`,
    [[name, reopeningName(name)]],
  );

/** Session name of the timed reopening: without a token, so that a successor leaves it alive. */
export const reopeningName = (name: string): string => name.replace(/[^/]*$/, 'reopening');
