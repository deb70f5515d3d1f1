import type { Pair, SideName } from '../../postgres-pair.ts';

/** Owners, privileges and comments of everything, in words that do not change with the major version. */
const CATALOGUE: Readonly<Record<string, string>> = {
  relations: `SELECT c.oid::regclass::text AS name, relkind, relpersistence, pg_get_userbyid(relowner) AS owner, relrowsecurity, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c WHERE relnamespace::regnamespace::text !~ '^(pg_|information|daybreak)' ORDER BY 1`,
  privileges: `SELECT c.oid::regclass::text AS name, a.privilege_type, a.grantee::regrole::text, a.grantor::regrole::text, a.is_grantable
    FROM pg_class c, aclexplode(c.relacl) a WHERE a.privilege_type <> 'MAINTAIN' AND relnamespace::regnamespace::text !~ '^(pg_|information|daybreak)' ORDER BY 1, 2, 3, 4`,
  columnPrivileges: `SELECT attrelid::regclass::text AS name, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384 ORDER BY 1, 2`,
  schemas: `SELECT nspname, pg_get_userbyid(nspowner) AS owner, obj_description(oid, 'pg_namespace') AS comment,
      (SELECT array_agg(DISTINCT format('%s %s %s', grantee::regrole, privilege_type, is_grantable))
         FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner)))) AS acl
    FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('daybreak', 'information_schema') ORDER BY 1`,
  functions: `SELECT p.oid::regprocedure::text AS name, pg_get_userbyid(proowner) AS owner, proacl::text, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc p WHERE p.oid >= 16384 AND pronamespace IS DISTINCT FROM to_regnamespace('daybreak') AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e') ORDER BY 1`,
  types: `SELECT t.oid::regtype::text AS name, typtype, pg_get_userbyid(typowner) AS owner FROM pg_type t WHERE t.oid >= 16384 AND typcategory <> 'A'
     AND typnamespace IS DISTINCT FROM to_regnamespace('daybreak') AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e') ORDER BY 1`,
  extensions: `SELECT extname, extnamespace::regnamespace::text AS schema FROM pg_extension ORDER BY 1`,
  statistics: `SELECT stxname, pg_get_userbyid(stxowner) AS owner FROM pg_statistic_ext ORDER BY 1`,
  defaults: `SELECT pg_get_userbyid(defaclrole) AS role, defaclnamespace::regnamespace::text AS schema, defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3`,
  largeObjects: `SELECT oid, pg_get_userbyid(lomowner) AS owner, lomacl::text, obj_description(oid, 'pg_largeobject') AS comment FROM pg_largeobject_metadata ORDER BY 1`,
  indexes: `SELECT pg_get_indexdef(indexrelid) AS def, indisvalid FROM pg_index WHERE indrelid >= 16384
    AND indrelid NOT IN (SELECT oid FROM pg_class WHERE relnamespace = 'pg_toast'::regnamespace OR relnamespace::regnamespace::text = 'daybreak') ORDER BY 1`,
  constraints: `SELECT conrelid::regclass::text AS name, conname, convalidated, pg_get_constraintdef(oid) AS def FROM pg_constraint
    WHERE connamespace IS DISTINCT FROM to_regnamespace('daybreak') AND connamespace::regnamespace::text !~ '^(pg_|information)' AND contype <> 'n' ORDER BY 1, 2`,
  policies: `SELECT tablename, policyname, roles, qual FROM pg_policies ORDER BY 1, 2`,
  triggers: `SELECT pg_get_triggerdef(oid) AS def, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
};

/** One side's catalogue, to be compared with the other's. */
export async function catalogueOf(pair: Pair, side: SideName): Promise<Record<string, unknown>> {
  const found = Object.entries(CATALOGUE).map(async ([name, sql]) => [name, await pair.sql(side, sql)] as const);
  return Object.fromEntries(await Promise.all(found));
}
