import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';

/** What to drop, kind by kind, in an order in which nothing is missed; each cascades to what builds on it. */
const DROPS = [
  `SELECT format('DROP EVENT TRIGGER %I CASCADE', evtname) AS drop FROM pg_event_trigger e
    WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid AND deptype = 'e')`,
  `SELECT format('DROP PUBLICATION %I', pubname) AS drop FROM pg_publication`,
  `SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) AS drop FROM pg_extension WHERE extname <> 'plpgsql'`,
  `SELECT format('DROP SCHEMA %I CASCADE', nspname) AS drop FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'daybreak')`,
  `SELECT format('DROP SERVER %I CASCADE', srvname) AS drop FROM pg_foreign_server`,
  `SELECT format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) AS drop FROM pg_foreign_data_wrapper WHERE oid >= 16384`,
  `SELECT format('DROP LANGUAGE %I CASCADE', lanname) AS drop FROM pg_language WHERE oid >= 16384`,
];

/** Default privileges of a role for the whole database, as what to take away and what to give to have the built-in ones again. */
const DEFAULT_PRIVILEGES = `
WITH kinds (letter, name) AS (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS')),
found AS (SELECT d.*, k.name, pg_get_userbyid(defaclrole) AS role FROM pg_default_acl d JOIN kinds k ON k.letter = d.defaclobjtype
           WHERE defaclnamespace = 0)
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM %s', role, name, grantee) AS reset FROM (
  SELECT DISTINCT role, name, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
    FROM found, aclexplode(defaclacl) a) given
UNION ALL
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %s', role, a.privilege_type, name,
              CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
  FROM found, aclexplode(acldefault(defaclobjtype, defaclrole)) a`;

/**
 * Drops everything of the database but schema `daybreak`, within the caller's transaction, which has to demand the claim first.
 * The session's role must be a member of every owner.
 */
export async function emptyTarget(target: Session, copyRoles: readonly string[]): Promise<void> {
  // Taken back by the claim, so that nobody logs in with them; here they are needed once more, invisible to others, to drop
  // what they own and then themselves.
  for (const role of copyRoles) await target.query(`GRANT ${escapeIdentifier(role)} TO CURRENT_USER`);
  for (const { reset } of await target.query<{ reset: string }>(DEFAULT_PRIVILEGES)) await target.query(reset);
  for (const list of DROPS) for (const { drop } of await target.query<{ drop: string }>(list)) await target.query(drop);
  await target.query('SELECT lo_unlink(oid) FROM pg_largeobject_metadata');
  for (const role of copyRoles) await dropCopyRole(target, role);
}

/** What it may still own becomes the session's; its remaining privileges go with it. */
export async function dropCopyRole(target: Session, role: string): Promise<void> {
  const name = escapeIdentifier(role);
  await target.query(`REASSIGN OWNED BY ${name} TO CURRENT_USER`);
  await target.query(`DROP OWNED BY ${name}`);
  await target.query(`DROP ROLE ${name}`);
}
