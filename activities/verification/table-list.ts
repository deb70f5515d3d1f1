import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';

/** A table whose rows are fingerprinted, with the expressions its columns are hashed by. */
export interface TableToHash {
  readonly schema: string;
  readonly table: string;
  readonly expressions: readonly string[];
}

/**
 * How a column enters the hash: `plain` as it is; `send` through its binary form, because equality of the type is coarser than
 * identity (1.0 and 1.00, one day and 24 hours); `words` through its text, because its binary form holds OIDs, which differ
 * between servers, or because more than one bit pattern stands for one value (NaN). `words` is exactly what a dump carries.
 */
type Way = { readonly kind: 'plain' | 'collated' | 'words' } | { readonly kind: 'send'; readonly by: string };

/** int2, int4, bool, date, uuid, bytea: their hash functions see every bit and are stable over major versions. */
const PLAIN = [21, 23, 16, 1082, 2950, 17];
/** text and varchar, hashed under "C": a nondeterministic collation would hash different texts alike. */
const COLLATED = [25, 1043];
/** float4, float8 and what is made of them: point, lseg, path, box, polygon, line, circle. */
const FLOATING = [700, 701, 600, 601, 602, 603, 604, 628, 718];
/** What holds OIDs of catalogue rows, or has no binary form. */
const CATALOGUE = `(typname ~ '^_?reg' OR typname IN ('aclitem', '_aclitem', 'pg_node_tree', 'oidvector', '_oidvector'))`;

/**
 * Generated columns are included, dropped ones not; OIDs below 16384 are the same on every server. By name: a dump puts inherited columns
 * first, wherever they stood. A size is asked once a table: one that grew between two of its columns would be hashed in another order
 * than on the other side.
 */
const COLUMNS = `
WITH c AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, pg_table_size(c.oid) AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e'))
SELECT c.nspname AS schema, c.relname AS table, a.attname AS column, way.kind, way.by
  FROM c
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN LATERAL (SELECT proname AS by, proargtypes[0] AS takes FROM pg_proc WHERE oid = t.typsend) send ON true
  CROSS JOIN LATERAL (SELECT
    CASE WHEN t.oid = ANY ($1) THEN 'plain' WHEN t.oid = ANY ($2) THEN 'collated'
         WHEN t.oid < 16384 AND t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm')
              AND send.takes IN (t.oid, 'anyarray'::regtype, 'anyrange'::regtype, 'anymultirange'::regtype)
              AND NOT t.oid = ANY ($3) AND NOT t.typelem = ANY ($3) AND NOT ${CATALOGUE.replaceAll('typname', 't.typname')}
         THEN 'send' ELSE 'words' END AS kind,
    send.by) way
 ORDER BY c.bytes DESC, 1, 2, a.attname`;

/**
 * Tables that hold rows themselves, biggest first: leaves stand for partitioned tables, each of an inheritance tree for itself.
 * Tables that belong to an extension are left out; the extension makes them.
 */
export async function tablesToHash(session: Session): Promise<TableToHash[]> {
  const columns = await session.query<{
    schema: string;
    table: string;
    column: string | null;
    kind: Way['kind'];
    by: string;
  }>(COLUMNS, [PLAIN, COLLATED, FLOATING]);
  const tables = new Map<string, { schema: string; table: string; expressions: string[] }>();
  for (const { schema, table, column, kind, by } of columns) {
    const key = JSON.stringify([schema, table]);
    const found = tables.get(key) ?? { schema, table, expressions: [] };
    tables.set(key, found);
    if (column !== null) found.expressions.push(expression(`t.${escapeIdentifier(column)}`, { kind, by }));
  }
  return [...tables.values()];
}

function expression(column: string, way: Way): string {
  if (way.kind === 'plain') return column;
  if (way.kind === 'collated') return `${column}::text COLLATE "C"`;
  if (way.kind === 'send') return `${way.by}(${column})`;
  // format() is the type's own output function, past any cast to text an application may have made. Of a composite value
  // IS NULL would mean its fields.
  return `CASE WHEN ${column} IS NOT DISTINCT FROM NULL THEN NULL ELSE format('%s', ${column}) COLLATE "C" END`;
}
