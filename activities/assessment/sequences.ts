import type { Session } from '../clients.ts';
import { listed, warning, type Check, type DatabaseSubject } from './subject.ts';

interface OwnedSequence {
  readonly name: string;
  readonly table: string;
  readonly column: string;
}

/** Rising sequences of a column that leads an index, so that its maximum costs one look. */
const OWNED_SEQUENCES = `
  SELECT s.oid::regclass::text AS name, t.oid::regclass::text AS table, quote_ident(a.attname) AS column
    FROM pg_class s
    JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
   WHERE EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisvalid AND i.indpred IS NULL
                   AND i.indkey[0] = d.refobjsubid)
     AND CASE WHEN s.relkind = 'S' THEN has_sequence_privilege(s.oid, 'SELECT') END AND has_table_privilege(t.oid, 'SELECT')
   ORDER BY 1`;

/** A sequence behind its column hands out a value that is taken. The target's is set past the column; the source keeps its fault. */
export const checkSequences: Check<DatabaseSubject> = async ({ session }) => {
  const behind: string[] = [];
  for (const sequence of await session.query<OwnedSequence>(OWNED_SEQUENCES))
    if (await isBehind(session, sequence)) behind.push(sequence.name);
  if (behind.length === 0) return [];
  return [
    warning(
      'sequences-behind',
      `sequences ${listed(behind)} are behind the largest value of their column; the cutover sets the target's past it: set the source's right with setval`,
    ),
  ];
};

/** The maximum is read first: rows that come while we look move the sequence, not the other way round. */
async function isBehind(session: Session, { name, table, column }: OwnedSequence): Promise<boolean> {
  const [row] = await session.query<{ furthest: string | null }>(
    `SELECT max(${column})::text AS furthest FROM ${table}`,
  );
  const [sequence] = await session.query<{ behind: boolean | null }>(
    'SELECT $1::numeric > coalesce(pg_sequence_last_value($2::regclass), 0) AS behind',
    [row?.furthest ?? null, name],
  );
  return sequence?.behind === true;
}
