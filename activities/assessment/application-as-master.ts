import type { Finding } from '../../model/finding.ts';
import { applicationRoleSql } from '../../model/plan-rules.ts';
import { blocker, warning, type Check, type DatabaseSubject } from './subject.ts';

/**
 * An application that logs in as the role we work as is kept from writing by triggers, not by its login. What passes triggers is a
 * blocker; that it may still log in and read is said. Whether the strategy allows it at all is a rule of the plan.
 */
export const checkApplicationAsMaster: Check<DatabaseSubject> = async ({ session, plan }) => {
  const { user, database } = plan.source;
  if (!plan.roles.some(({ name }) => name === user)) return [];
  const ownRole = `or make a role for the application and name it in roles. In psql:\n${applicationRoleSql('app_writer', database)}`;
  const passes = await session.query(`
    SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS line
     WHERE line = 'session_replication_role=replica'
       AND s.setrole IN (0, current_user::regrole)
       AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`);
  const findings: Finding[] = [
    warning(
      'application-is-master',
      `the application logs in as ${user}, as Daybreak does: once it has moved, the source refuses its writes and still lets it log in and read; point every client elsewhere by then, ${ownRole}`,
    ),
  ];
  if (passes.length > 0)
    findings.push(
      blocker(
        'fence-passed',
        `sessions of ${user} have session_replication_role = replica by a setting and pass the triggers that fence them: RESET it, ${ownRole}`,
      ),
    );
  return findings;
};
