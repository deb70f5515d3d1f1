import { ApplicationFailure } from '@temporalio/common';
import type { RolePlan } from '../../model/plan.ts';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import type { GiverHeld } from './attempt.ts';
import { checkToken } from './custody-store.ts';
import { clientSessions } from './fence.ts';
import { proveHeld } from './prove-held.ts';

/** SQLSTATEs that prove a shut door: not permitted to log in, no CONNECT privilege. 28P01 proves only a wrong password. */
const SHUT = new Set(['28000', '42501']);

/**
 * Proves the fence instead of trusting it: each application role's login, which worked at the assessment, must fail for the
 * right reason, and where it is the very role we work as it must find every table locked; no client session, no prepared transaction and
 * no other role with CONNECT may be left, but the one that the other side's subscription logs in as, which reads and writes no table, and
 * sessions that came since the fence as the role we work as: the application's, a monitor's, a colleague's. They can read; what they would
 * write waits for the lock.
 * F, the giver's WAL position after the proof, is kept in custody. Throws `FenceNotProved`.
 */
export async function proveFence(attempt: GiverHeld): Promise<void> {
  const { giver, giverLogin, name } = attempt;
  const isUs = (role: RolePlan): boolean => role.name === giverLogin.user;
  await Promise.all(
    attempt.handOver.plan.roles.map((role) => (isUs(role) ? proveHeld(attempt, role) : proveShut(attempt, role))),
  );
  const left = await clientSessions(giver, name, await fencedAt(giver));
  if (left.length > 0) throw failure('FenceNotProved', `${left.length} client sessions are back; wanted none`);
  const prepared = await giver.query(`SELECT FROM pg_prepared_xacts WHERE database = current_database()`);
  if (prepared.length > 0)
    throw failure(
      'FenceNotProved',
      `${prepared.length} prepared transactions could still write; commit or roll them back`,
    );
  const allowed = await giver.query<{ rolname: string }>(
    `SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user
        AND rolname !~ '^daybreak_replication_' AND has_database_privilege(oid, current_database(), 'CONNECT')`,
  );
  if (allowed.length > 0)
    throw failure(
      'FenceNotProved',
      `roles may still connect: ${allowed.map(({ rolname }) => rolname).join(', ')}; wanted none`,
    );
  await giver.transaction(async () => {
    await checkToken(giver, attempt.token);
    await giver.query('UPDATE daybreak.custody SET fence_lsn = pg_current_wal_insert_lsn()');
  });
}

async function fencedAt(giver: Session): Promise<string | null> {
  const [row] = await giver.query<{ at: string | null }>('SELECT fenced_at::text AS at FROM daybreak.custody');
  return row?.at ?? null;
}

async function proveShut(attempt: GiverHeld, role: RolePlan): Promise<void> {
  const { clients, giverLogin } = attempt;
  try {
    const session = await clients.openSession(
      { ...giverLogin, user: role.name, password: role.password },
      { name: attempt.name },
    );
    await session.close();
  } catch (error) {
    const code = sqlStateOf(error);
    if (code !== null && SHUT.has(code)) return;
    if (!(error instanceof ApplicationFailure)) throw error;
    throw failure(
      'FenceNotProved',
      `login of ${role.name} failed with ${code ?? error.type}; wanted 28000 or 42501, which prove a shut door`,
    );
  }
  throw failure('FenceNotProved', `${role.name} can still log in; wanted a refused login`);
}
