import type { Finding } from '../../model/finding.ts';
import { blocker, type Check, type DatabaseSubject } from './subject.ts';

interface LoginRole {
  readonly name: string;
  readonly owned: string;
  readonly granted: string;
  readonly sessions: string;
}

/**
 * Every login role that has to do with this database, by itself or through roles it acts for: owned objects and grants from
 * pg_shdepend, and who is connected now. Left out are the service's own roles and the one we work as.
 * Since 16 whoever creates a role is made its administrator without acting for it; older servers have no such columns.
 */
const LOGIN_ROLES = `
  WITH RECURSIVE acts (login, role) AS (
    SELECT oid, oid FROM pg_roles WHERE rolcanlogin
    UNION
    SELECT acts.login, m.roleid FROM acts JOIN pg_auth_members m ON m.member = acts.role
     WHERE coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true)
        OR coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)
  ), here AS (SELECT oid FROM pg_database WHERE datname = current_database()),
  ties AS (
    SELECT d.refobjid AS role, d.deptype FROM pg_shdepend d, here
     WHERE d.refclassid = 'pg_authid'::regclass
       AND (d.dbid = here.oid OR (d.classid = 'pg_database'::regclass AND d.objid = here.oid))
  )
  SELECT * FROM (
    SELECT r.rolname AS name,
           (SELECT count(*) FROM acts JOIN ties USING (role) WHERE login = r.oid AND deptype = 'o') AS owned,
           (SELECT count(*) FROM acts JOIN ties USING (role) WHERE login = r.oid AND deptype <> 'o') AS granted,
           (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid AND datname = current_database()) AS sessions
      FROM pg_roles r
     WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname !~ '^(pg_|rds)' AND r.rolname <> current_user
  ) login WHERE owned + granted + sessions > 0 ORDER BY name`;

/** RDS lets nobody read a password: a role the plan leaves out could not log in after the cutover. */
export const checkRoles: Check<DatabaseSubject> = async ({ session, plan }) => {
  const planned = plan.roles.map(({ name }) => name);
  const here = await session.query<LoginRole>(LOGIN_ROLES);
  const missing = here.filter(({ name }) => !planned.includes(name));
  const existing = await session.query<{ name: string; login: boolean }>(
    'SELECT rolname AS name, rolcanlogin AS login FROM pg_roles WHERE rolname = ANY ($1)',
    [planned],
  );
  return [...missing.map(roleMissing), ...planned.flatMap((name) => unknownRole(name, existing))];
};

const roleMissing = ({ name, owned, granted, sessions }: LoginRole): Finding =>
  blocker(
    'role-missing',
    `role ${name} (${owned} owned objects, ${granted} grants, ${sessions} sessions) is not in the plan: add it under roles with its password, or drop what ties it to this database`,
  );

function unknownRole(name: string, existing: readonly { name: string; login: boolean }[]): Finding[] {
  const found = existing.find((role) => role.name === name);
  if (found?.login === true) return [];
  const state = found === undefined ? 'does not exist on the source' : 'may not log in on the source (NOLOGIN)';
  return [blocker('role-unknown', `role ${name} of the plan ${state}: correct its name, or take it out of roles`)];
}
