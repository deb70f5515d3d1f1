import type { Session } from '../clients.ts';
import { serverMajor } from './server-major.ts';

/** A role as the source has it; its password nobody can read. `settings` hold in every database: `name=value`. */
export interface SourceRole {
  readonly name: string;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDb: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  readonly connectionLimit: number;
  /** As text, in UTC; null: without end. */
  readonly validUntil: string | null;
  readonly settings: readonly string[];
  readonly comment: string | null;
}

/** `inherit` and `set` exist from PostgreSQL 16 on; null before. */
export interface Membership {
  readonly group: string;
  readonly member: string;
  readonly admin: boolean;
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

/** Roles that every RDS and Aurora server has, and superusers, are the server's own business. */
const FOREIGN = `(rolname ~ '^(pg_|rds)' OR rolsuper OR rolname ~ '^daybreak_')`;

/**
 * The roles this database needs: those named, those its objects, grants, policies and settings refer to, and every group they
 * are members of. Roles that only other databases of the server know stay behind.
 */
const NEEDED = `
WITH RECURSIVE here AS (SELECT oid, datdba FROM pg_database WHERE datname = current_database()),
referenced AS (
  SELECT refobjid AS oid FROM pg_shdepend, here
   WHERE refclassid = 'pg_authid'::regclass
     AND (dbid = here.oid OR (dbid = 0 AND classid = 'pg_database'::regclass AND objid = here.oid))
  UNION SELECT datdba FROM here
  UNION SELECT setrole FROM pg_db_role_setting s, here WHERE s.setdatabase = here.oid
  UNION SELECT oid FROM pg_roles WHERE rolname = ANY ($1)
), needed AS (
  SELECT oid FROM referenced
  UNION SELECT m.roleid FROM pg_auth_members m JOIN needed n ON n.oid = m.member
)`;

/** Sorted by name. `named`: the roles of the plan, needed whether or not an object refers to them. */
export function readRoles(session: Session, named: readonly string[]): Promise<SourceRole[]> {
  return session.query<SourceRole>(
    `${NEEDED}
     SELECT rolname AS name, rolinherit AS inherit, rolcreaterole AS "createRole", rolcreatedb AS "createDb",
            rolreplication AS replication, rolbypassrls AS "bypassRls", rolconnlimit AS "connectionLimit",
            CASE WHEN isfinite(rolvaliduntil) THEN to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"+00"') END
              AS "validUntil",
            coalesce((SELECT setconfig FROM pg_db_role_setting WHERE setrole = r.oid AND setdatabase = 0), '{}') AS settings,
            shobj_description(r.oid, 'pg_authid') AS comment
       FROM pg_roles r WHERE oid IN (SELECT oid FROM needed) AND NOT ${FOREIGN} ORDER BY rolname`,
    [named],
  );
}

/** What the roles of {@link readRoles} are members of. A group that is not carried over is an error where it is granted. */
export async function readMemberships(session: Session, roles: readonly string[]): Promise<Membership[]> {
  const options =
    (await serverMajor(session)) >= 16
      ? 'bool_or(m.inherit_option) AS inherit, bool_or(m.set_option) AS set'
      : 'NULL::bool AS inherit, NULL::bool AS set';
  return session.query<Membership>(
    `SELECT g.rolname AS group, r.rolname AS member, bool_or(m.admin_option) AS admin, ${options}
       FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
      WHERE r.rolname = ANY ($1) AND g.rolname !~ '^daybreak_' GROUP BY 1, 2 ORDER BY 1, 2`,
    [roles],
  );
}
