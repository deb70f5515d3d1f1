import type { Session } from '../../clients.ts';
import { quotedName } from './changed-keys.ts';

/** How the rows of a table are told apart: what the changes of a row are remembered by, and how a row is found by it. */
export interface TableKey {
  /** Quoted, `"schema"."table"`. */
  readonly table: string;
  /** The key's columns in the order of the catalogue, unquoted. */
  readonly columns: readonly string[];
  /** How a key's text becomes a value the unique index can find; null where only the text of whole rows tells them apart. */
  readonly casts: readonly KeyCast[] | null;
}

export interface KeyCast {
  /** SQL of the column's type, qualified. */
  readonly type: string;
  /** SQL of the operator the index is searched by, qualified: an extension's `=` is not found without its schema. */
  readonly operator: string;
  /** SQL of the column's collation; null where the type has none. */
  readonly collation: string | null;
}

/**
 * Of the index that is the table's replica identity, or its primary key where the identity is FULL. Tables with neither are told
 * apart by all columns that are replicated: generated ones are not (PostgreSQL manual, "Publication").
 */
const KEYS = `
SELECT n.nspname AS schema, c.relname AS table,
       coalesce(i.names, (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '[]') AS columns, i.casts
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN LATERAL (
    SELECT json_agg(a.attname ORDER BY at) AS names,
           json_agg(json_build_object('type', format_type(a.atttypid, -1), 'operator', format('OPERATOR(%I.%s)', pn.nspname, o.oprname),
             'collation', CASE WHEN co.oid IS NULL THEN NULL ELSE format('%I.%I', cn.nspname, co.collname) END) ORDER BY at) AS casts
      FROM pg_index x
      CROSS JOIN LATERAL unnest(x.indkey::int2[], x.indclass::oid[]) WITH ORDINALITY k(attnum, class, at)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
      JOIN pg_opclass oc ON oc.oid = k.class
      JOIN pg_amop p ON p.amopfamily = oc.opcfamily AND p.amopstrategy = 3
                    AND p.amoplefttype = oc.opcintype AND p.amoprighttype = oc.opcintype
      JOIN pg_operator o ON o.oid = p.amopopr JOIN pg_namespace pn ON pn.oid = o.oprnamespace
      LEFT JOIN pg_collation co ON co.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
     WHERE x.indrelid = c.oid AND x.indisvalid AND k.at <= x.indnkeyatts
       AND CASE WHEN c.relreplident = 'i' THEN x.indisreplident ELSE x.indisprimary END
  ) i ON c.relreplident <> 'n'
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')`;

interface Row {
  schema: string;
  table: string;
  columns: string[];
  casts: KeyCast[] | null;
}

/** Keys of all user tables that hold rows themselves, by quoted name. The session needs `HASH_SETTINGS`: types come out qualified. */
export async function readTableKeys(session: Session): Promise<ReadonlyMap<string, TableKey>> {
  const rows = await session.query<Row>(KEYS);
  return new Map(
    rows.map(({ columns, casts, ...name }) => {
      const table = quotedName(name);
      return [table, { table, columns, casts }];
    }),
  );
}
