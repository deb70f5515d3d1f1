import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients.ts';

/** A table whose rows are copied: leaves stand for partitioned tables, each of an inheritance tree for itself. */
export interface TableToCopy {
  /** Quoted, with its schema. */
  readonly name: string;
  /** On the source. */
  readonly oid: number;
  readonly bytes: number;
  /** `COPY <this> TO|FROM`: the name, with its columns but generated ones, in the source's order. */
  readonly rows: string;
  /** Of an extension's table only what its user added, which is all that a dump carries: a condition of the extension's own. */
  readonly where: string | null;
  readonly format: 'binary' | 'text';
  /** It is a partition: the root's ANALYZE sees to it. */
  readonly partition: boolean;
  readonly identity: TableIdentity;
}

/** By which a table that was altered is told from one that was merely emptied or compacted. */
export interface TableIdentity {
  readonly columns: string;
  /** The file it lies in: changed by whatever writes the table anew. */
  readonly file: string;
  /** Who last touched its columns' catalogue rows: changed by every ALTER of a column. */
  readonly touched: string;
}

/**
 * Whether reading the table in an old snapshot may miss rows or columns. ALTER TABLE that writes a table anew leaves nothing for
 * older snapshots to see (PostgreSQL manual, "Caveats" of MVCC). So does TRUNCATE, but that comes again with the stream.
 */
export const wasAltered = (before: TableIdentity, now: TableIdentity): boolean =>
  before.columns !== now.columns || (before.file !== now.file && before.touched !== now.touched);

const IDENTITY = `
  SELECT c.relpersistence::text || coalesce(string_agg(format(' %s %s %s %s %s', attnum, attname, atttypid, atttypmod, attgenerated), ',' ORDER BY attnum), '') AS columns,
         c.relfilenode::text AS file, coalesce(string_agg(a.xmin::text, ',' ORDER BY attnum), '') AS touched
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0`;

/** Null: it is gone. `session` must not be inside the snapshot. */
export async function identityNow(session: Session, { oid }: TableToCopy): Promise<TableIdentity | null> {
  const [row] = await session.query<TableIdentity>(
    `SELECT i.* FROM pg_class c CROSS JOIN LATERAL (${IDENTITY}) i WHERE c.oid = $1`,
    [oid],
  );
  return row ?? null;
}

/**
 * Binary where both servers read it alike: built-in types, enums, and what is made of those. The reg* types travel as OIDs, which
 * differ between servers; a type of an extension may change its binary form with its version.
 */
const SPELLED = `t.typtype = 'p' OR t.typtype = 'b' AND NOT (t.typcategory = 'A' AND t.typelem <> 0)
   AND (t.oid >= 16384 OR t.typsend = 0 OR t.typname ~ '^reg' OR t.typname IN ('oid', 'aclitem', 'pg_node_tree'))`;

const TABLES = `
WITH RECURSIVE kept AS (
  SELECT c.*, n.nspname, x.condition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (SELECT condition FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS u (config, condition)
                        WHERE config = c.oid) x ON true
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND (x.condition IS NOT NULL
          OR NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e'))),
part (root, type) AS (
  SELECT DISTINCT a.atttypid, a.atttypid FROM pg_attribute a JOIN kept k ON a.attrelid = k.oid WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION
  SELECT p.root, below.type FROM part p JOIN pg_type t ON t.oid = p.type CROSS JOIN LATERAL (
    SELECT t.typbasetype WHERE t.typtype = 'd'
    UNION ALL SELECT t.typelem WHERE t.typcategory = 'A' AND t.typelem <> 0
    UNION ALL SELECT rngsubtype FROM pg_range WHERE t.oid IN (rngtypid, rngmultitypid)
    UNION ALL SELECT b.atttypid FROM pg_attribute b WHERE t.typtype = 'c' AND b.attrelid = t.typrelid AND b.attnum > 0 AND NOT b.attisdropped
  ) below (type)),
spelled AS (SELECT p.root FROM part p JOIN pg_type t ON t.oid = p.type GROUP BY 1 HAVING bool_or(${SPELLED}))
SELECT c.nspname AS schema, c.relname AS table, c.oid::int8::float8 AS oid, pg_table_size(c.oid)::float8 AS bytes, c.relispartition AS partition,
       c.condition, coalesce(cols.names, '{}') AS names, coalesce(cols.spelled, false) AS spelled,
       to_jsonb(i) AS identity
  FROM kept c
  LEFT JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY a.attnum) AS names, bool_or(s.root IS NOT NULL) AS spelled
      FROM pg_attribute a LEFT JOIN spelled s ON s.root = a.atttypid
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') cols ON true
  CROSS JOIN LATERAL (${IDENTITY}) i
 ORDER BY bytes DESC, 1, 2`;

interface Row {
  readonly schema: string;
  readonly table: string;
  readonly oid: number;
  readonly bytes: number;
  readonly partition: boolean;
  readonly condition: string | null;
  readonly names: readonly string[];
  readonly spelled: boolean;
  readonly identity: TableIdentity;
}

/** Biggest first, so that none is left alone at the end. `session` is inside the snapshot. */
export async function tablesToCopy(session: Session): Promise<TableToCopy[]> {
  const rows = await session.query<Row>(TABLES);
  const tables = rows.map(({ schema, table, names, spelled, condition, ...same }): TableToCopy => {
    const name = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
    const columns = names.length === 0 ? '' : ` (${names.map(escapeIdentifier).join(', ')})`;
    return { ...same, name, rows: `${name}${columns}`, where: condition, format: spelled ? 'text' : 'binary' };
  });
  const kept: TableToCopy[] = [];
  for (const table of tables) if (table.where === null || (await hasRows(session, table))) kept.push(table);
  return kept;
}

/** Most extensions' tables hold nothing of their user's, and not everybody may write them. */
async function hasRows(session: Session, { name, where }: TableToCopy): Promise<boolean> {
  const [found] = await session.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM ONLY ${name} ${where ?? ''}) AS some`,
  );
  return found?.some === true;
}
