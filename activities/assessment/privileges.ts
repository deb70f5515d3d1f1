import { ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../model/finding.ts';
import type { Session } from '../clients.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { blocker, type Check, type DatabaseSubject } from './subject.ts';

interface Rights {
  readonly owner: boolean;
  readonly create: boolean;
  readonly signal: boolean;
  readonly stats: boolean;
}

/** What the fence and its bookkeeping need of the role we work as, beyond reading. */
export const checkPrivileges: Check<DatabaseSubject> = async ({ session, plan }) => {
  const { user, database } = plan.source;
  const [rights] = await session.query<Rights>(`
    SELECT pg_has_role(datdba, 'MEMBER') AS owner,
           has_database_privilege(oid, 'CREATE') AS create,
           pg_has_role('pg_signal_backend', 'MEMBER') AS signal,
           pg_has_role('pg_read_all_stats', 'MEMBER') AS stats
      FROM pg_database WHERE datname = current_database()`);
  const lacks = (check: string, has: boolean | undefined, message: string): Finding[] =>
    has === true ? [] : [blocker(check, message)];
  return [
    ...lacks(
      'not-owner',
      rights?.owner,
      `${user} does not own ${database} and cannot fence it: GRANT its owner TO ${user}`,
    ),
    ...lacks('no-create', rights?.create, `${user} may not make schema daybreak: GRANT CREATE ON DATABASE ${database}`),
    ...lacks('no-signal', rights?.signal, `${user} may not end other sessions: GRANT pg_signal_backend TO ${user}`),
    ...lacks('no-stats', rights?.stats, `${user} does not see other sessions: GRANT pg_read_all_stats TO ${user}`),
    ...(await checkAlterable(session, plan)),
  ];
};

async function checkAlterable(session: Session, plan: DatabaseSubject['plan']): Promise<Finding[]> {
  const existing = await session.query<{ name: string; quoted: string }>(
    'SELECT rolname AS name, quote_ident(rolname) AS quoted FROM pg_roles WHERE rolname = ANY ($1)',
    [plan.roles.map(({ name }) => name).filter((name) => name !== plan.source.user)],
  );
  const findings: Finding[] = [];
  for (const { name, quoted } of existing)
    if (!(await mayAlter(session, quoted)))
      findings.push(
        blocker(
          'role-not-alterable',
          `${plan.source.user} may not take LOGIN from ${name}, which the fence must: give it CREATEROLE, and from 16 on GRANT ${quoted} TO it WITH ADMIN OPTION`,
        ),
      );
  return findings;
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Tries it for real and rolls back: the rules differ by version and membership. Nobody else sees a thing. */
async function mayAlter(session: Session, quotedRole: string): Promise<boolean> {
  await session.query('BEGIN');
  try {
    await session.query(`ALTER ROLE ${quotedRole} NOLOGIN`);
    return true;
  } catch (error) {
    if (error instanceof ApplicationFailure && sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  } finally {
    await session.query('ROLLBACK');
  }
}
