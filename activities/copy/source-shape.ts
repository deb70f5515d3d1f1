import type { Session } from '../clients.ts';
import { readPrivileges, type Privilege } from '../postgres/privileges.ts';

/** What is made by hand around pg_restore, because a role that is no superuser cannot restore it as pg_dump writes it. */
export interface SourceShape {
  readonly schemas: readonly SchemaShape[];
  /** In the order they were made, so that one finds what it builds on. */
  readonly extensions: readonly { readonly name: string; readonly schema: string }[];
  readonly owned: readonly OwnedObject[];
}

export interface SchemaShape {
  readonly name: string;
  /** Null: a superuser of the source; the target's master user takes its place. */
  readonly owner: string | null;
  readonly comment: string | null;
  readonly privileges: readonly Privilege[];
}

/** `type` and `identity` as pg_identify_object gives them: the same on every server, fit for ALTER … OWNER TO. */
export interface OwnedObject {
  readonly type: string;
  readonly schema: string | null;
  readonly identity: string;
  readonly owner: string;
}

const NOT_OF_AN_EXTENSION = (catalogue: string, id: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = ${catalogue} AND e.objid = ${id} AND e.deptype = 'e')`;

const SCHEMAS = `
SELECT nspname AS name, CASE WHEN NOT r.rolsuper THEN r.rolname END AS owner, obj_description(n.oid, 'pg_namespace') AS comment
  FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
 WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'daybreak')
   AND ${NOT_OF_AN_EXTENSION(`'pg_namespace'::regclass`, 'n.oid')} ORDER BY nspname`;

/** plpgsql is on every server, and belongs to it. */
const EXTENSIONS = `
SELECT extname AS name, nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE extname <> 'plpgsql' ORDER BY e.oid`;

/**
 * Every object that has an owner of its own. A sequence that belongs to a column follows its table, a multirange its range;
 * schemas and event triggers are made with their owner; what a superuser owns becomes the target's master user's.
 */
const OWNED = `
SELECT i.type, i.schema, i.identity, r.rolname AS owner
  FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid JOIN pg_database b ON b.oid = d.dbid AND b.datname = current_database()
  CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
 WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND NOT r.rolsuper
   AND i.type NOT IN ('schema', 'event trigger', 'default acl', 'user mapping', 'publication', 'subscription', 'extension')
   AND coalesce(i.schema !~ '^pg_' AND i.schema <> 'daybreak', true)
   AND ${NOT_OF_AN_EXTENSION('d.classid', 'd.objid')}
   AND NOT EXISTS (SELECT FROM pg_depend o WHERE i.type = 'sequence' AND o.classid = d.classid AND o.objid = d.objid
                    AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i'))
   AND NOT EXISTS (SELECT FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid AND t.typtype = 'm')
 ORDER BY 1, 3`;

export async function readSourceShape(session: Session): Promise<SourceShape> {
  const found = await session.query<Omit<SchemaShape, 'privileges'>>(SCHEMAS);
  const schemas: SchemaShape[] = [];
  for (const schema of found)
    schemas.push({ ...schema, privileges: await readPrivileges(session, { kind: 'SCHEMA', name: schema.name }) });
  return { schemas, extensions: await session.query(EXTENSIONS), owned: await session.query(OWNED) };
}
