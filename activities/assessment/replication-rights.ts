import { ApplicationFailure } from '@temporalio/common';
import type { Finding } from '../../model/finding.ts';
import { replicationNames } from '../../model/names.ts';
import type { Session } from '../clients.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { makeReplicationRole } from '../replication/replication-role.ts';
import { serverMajor } from '../postgres/server-major.ts';
import { blocker, listed, type Check, type DatabaseSubject } from './subject.ts';

/** What publishing, following and their role need of the role we work as. */
export const checkReplicationRights: Check<DatabaseSubject> = async (subject) => {
  const { session, plan, migration } = subject;
  const { user } = plan.source;
  const findings: Finding[] = [];
  const [rights] = await session.query<{ replicate: boolean }>(MAY_REPLICATE);
  if (rights?.replicate !== true)
    findings.push(blocker('may-not-replicate', `${user} may not make a slot: GRANT rds_replication TO ${user}`));
  findings.push(...(await mayFollow(subject)));
  if (!(await mayMakeRole(session, `${replicationNames(migration).role}_try`)))
    findings.push(
      blocker(
        'replication-role',
        `${user} may not make a login role that replicates: give it CREATEROLE, and GRANT rds_replication TO ${user} WITH ADMIN OPTION`,
      ),
    );
  return findings;
};

/** What following the other side needs of it: a subscription, and to become the owner of every table. */
export const mayFollow: Check<DatabaseSubject> = async ({ session, plan }) => {
  const { user } = plan.source;
  const major = await serverMajor(session);
  const [rights] = await session.query<{ subscribe: boolean }>(MAY_SUBSCRIBE, [
    major >= 16 ? 'pg_create_subscription' : 'rds_superuser',
  ]);
  const foreign = (await session.query<{ name: string }>(notOurs(major))).map(({ name }) => name);
  const findings: Finding[] = [];
  if (rights?.subscribe !== true)
    findings.push(
      blocker(
        'may-not-subscribe',
        `${user} may not make the subscription of the way back: GRANT rds_superuser TO ${user}`,
      ),
    );
  if (foreign.length > 0)
    findings.push(
      blocker(
        'not-table-owner',
        `${user} may not publish ${listed(foreign)}, nor write into them as their owner: GRANT their owner TO ${user}`,
      ),
    );
  return findings;
};

const MAY_REPLICATE = `
SELECT r.rolsuper OR r.rolreplication OR coalesce(pg_has_role(to_regrole('rds_replication'), 'USAGE'), false) AS replicate
  FROM pg_roles r WHERE r.rolname = current_user`;

const MAY_SUBSCRIBE = `
SELECT r.rolsuper OR coalesce(pg_has_role(to_regrole($1), 'USAGE'), false) AS subscribe
  FROM pg_roles r WHERE r.rolname = current_user`;

/** From 16 on rows are applied as the table's owner, whom we must be able to become. */
const notOurs = (major: number): string => `
SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
   AND NOT (pg_has_role(c.relowner, 'USAGE') ${major >= 16 ? `AND pg_has_role(c.relowner, 'SET')` : ''})
 ORDER BY 1`;

const INSUFFICIENT_PRIVILEGE = '42501';

/** Tries it for real and rolls back: the rules differ by version and membership. Nobody else sees a thing. */
async function mayMakeRole(session: Session, role: string): Promise<boolean> {
  await session.query('BEGIN');
  try {
    await makeReplicationRole(session, role);
    return true;
  } catch (error) {
    if (error instanceof ApplicationFailure && sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  } finally {
    await session.query('ROLLBACK');
  }
}
