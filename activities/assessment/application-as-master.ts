import type { Finding } from '../../model/finding.ts';
import { applicationRoleSql } from '../../model/plan-rules.ts';
import { traitsOf } from '../../model/strategy.ts';
import type { Session } from '../clients.ts';
import { blocker, warning, type Check, type DatabaseSubject } from './subject.ts';

/**
 * An application that logs in as the role we work as is kept from writing by locks and triggers, not by its login. What passes those is a
 * blocker; that it may still log in and read is said.
 */
export const checkApplicationAsMaster: Check<DatabaseSubject> = async ({ session, plan }) => {
  const { user, database } = plan.source;
  if (!plan.roles.some(({ name }) => name === user)) return [];
  const ownRole = `or make a role for the application and name it in roles. In psql:\n${applicationRoleSql('app_writer', database)}`;
  const isDurable = !traitsOf(plan).follows;
  const meanwhile = isDurable ? 'while its rows are copied and ' : '';
  const findings: Finding[] = [
    warning(
      'application-is-master',
      `the application logs in as ${user}, as Daybreak does: ${meanwhile}once it has moved, the source refuses its writes and still lets it log in and read; point every client elsewhere by then, ${ownRole}`,
    ),
  ];
  if (await passesTriggers(session))
    findings.push(
      blocker(
        'fence-passed',
        `sessions of ${user} have session_replication_role = replica by a setting and pass the triggers that fence them: RESET it, ${ownRole}`,
      ),
    );
  const objects = isDurable ? await countLargeObjects(session) : '0';
  if (objects !== '0')
    findings.push(
      blocker(
        'large-objects-unfenced',
        `${objects} large objects: neither a lock nor a trigger keeps ${user} from writing them while they are copied, and such a write would be lost; keep them in a bytea column, ${ownRole}`,
      ),
    );
  return findings;
};

async function passesTriggers(session: Session): Promise<boolean> {
  const settings = await session.query(`
    SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS line
     WHERE line = 'session_replication_role=replica'
       AND s.setrole IN (0, current_user::regrole)
       AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`);
  return settings.length > 0;
}

async function countLargeObjects(session: Session): Promise<string> {
  const [row] = await session.query<{ count: string }>('SELECT count(*) FROM pg_largeobject_metadata');
  return row?.count ?? '0';
}
