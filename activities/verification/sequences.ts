import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';
import { checkToken } from '../cutover/custody-store.ts';
import { failure } from '../failure.ts';

/** Where a sequence stands. Numbers are int8, kept as bigint: beyond 2^53 a JavaScript number would round them. */
export interface SequenceState {
  readonly schema: string;
  readonly name: string;
  readonly last: bigint;
  /** Whether `last` was handed out; if not it is the next value. */
  readonly called: boolean;
  readonly increment: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly cycles: boolean;
  /** The whole-number column the sequence belongs to, quoted: `schema.table` and `column`. */
  readonly owner: { readonly table: string; readonly column: string } | null;
}

interface Row {
  schema: string;
  name: string;
  increment: string;
  min: string;
  max: string;
  cycles: boolean;
  table: string | null;
  column: string | null;
}

const SEQUENCES = `
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS min, s.seqmax AS max, s.seqcycle AS cycles,
       owner.table, owner.column
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN LATERAL (
    SELECT format('%I.%I', tn.nspname, t.relname) AS table, quote_ident(a.attname) AS column
      FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
       AND d.deptype IN ('a', 'i') AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)) owner ON true
 WHERE c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
 ORDER BY 1, 2`;

/** Every sequence outside the system's schemas and ours, with where it stands. */
export async function readSequences(session: Session): Promise<SequenceState[]> {
  const rows = await session.query<Row>(SEQUENCES);
  if (rows.length === 0) return [];
  // One statement for all: behind a fence every round trip counts.
  const reads = rows.map(
    (row, at) => `SELECT ${at} AS at, last_value AS last, is_called AS called FROM ${quoted(row)}`,
  );
  const places = await session.query<{ last: string; called: boolean }>(`${reads.join(' UNION ALL ')} ORDER BY at`);
  return rows.map(({ schema, name, cycles, table, column, ...row }, at) => {
    const place = places[at];
    if (place === undefined) throw new Error(`sequence ${schema}.${name} has no state`);
    const [increment, min, max] = [BigInt(row.increment), BigInt(row.min), BigInt(row.max)];
    const owner = table === null || column === null ? null : { table, column };
    return { schema, name, last: BigInt(place.last), called: place.called, increment, min, max, cycles, owner };
  });
}

/**
 * Where the copy's sequence has to stand: as the source's, but never behind the values its column holds (`furthest`; by
 * direction the largest or the smallest, null without rows). A sequence that cycles is left as it is, it has to meet old values.
 */
export function caughtUp(state: SequenceState, furthest: bigint | null): Pick<SequenceState, 'last' | 'called'> {
  const { last, called, increment, min, max, cycles } = state;
  const asItIs = { last, called };
  if (furthest === null || cycles || furthest < min || furthest > max) return asItIs;
  const ahead = increment > 0n ? furthest > last : furthest < last;
  return ahead || (furthest === last && !called) ? { last: furthest, called: true } : asItIs;
}

/** Sets every sequence of `source` on `target`. Call it when the source takes no writes. Throws what {@link setSequences} throws. */
export async function syncSequences(source: Session, target: Session, token: number): Promise<{ sequences: number }> {
  const states = await readSequences(source);
  await setSequences(target, states, token);
  return { sequences: states.length };
}

/**
 * Sets the target's sequences in one transaction that demands the token, and reads each back. Whatever their number it takes a few
 * round trips. Throws `TokenOutdated`, and `VerificationFailed` naming a sequence that is missing or did not take.
 */
export async function setSequences(target: Session, states: readonly SequenceState[], token: number): Promise<void> {
  await target.transaction(async () => {
    await checkToken(target, token);
    await target.query('SET LOCAL row_security = off');
    const before = await byName(target);
    const missing = states.find((state) => !before.has(nameOf(state)));
    if (missing !== undefined)
      throw failure('VerificationFailed', `sequence ${nameOf(missing)} is missing on the target`);
    const furthest = await furthestOf(target, states);
    const wanted = states.map((state, at) => ({ state, ...caughtUp(state, furthest[at] ?? null) }));
    await target.query(
      'SELECT setval(name::regclass, last, called) FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS s (name, last, called)',
      [
        wanted.map(({ state }) => quoted(state)),
        wanted.map(({ last }) => last.toString()),
        wanted.map(({ called }) => called),
      ],
    );
    const after = await byName(target);
    for (const { state, last, called } of wanted) {
      const is = after.get(nameOf(state));
      if (is?.last !== last || is.called !== called)
        throw failure('VerificationFailed', `sequence ${nameOf(state)} stands at ${is?.last}; wanted ${last}`);
    }
  });
}

const nameOf = ({ schema, name }: SequenceState): string => `${schema}.${name}`;
const quoted = ({ schema, name }: Pick<SequenceState, 'schema' | 'name'>): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
const byName = async (session: Session): Promise<ReadonlyMap<string, SequenceState>> =>
  new Map((await readSequences(session)).map((state) => [nameOf(state), state]));

/** The furthest value in the column each sequence belongs to, in their order; null without a column or without rows. */
async function furthestOf(target: Session, states: readonly SequenceState[]): Promise<readonly (bigint | null)[]> {
  const reads = states.map(({ owner, increment }, at) => {
    if (owner === null) return `SELECT ${at} AS at, NULL AS furthest`;
    return `SELECT ${at} AS at, ${increment > 0n ? 'max' : 'min'}(${owner.column})::text AS furthest FROM ${owner.table}`;
  });
  if (reads.length === 0) return [];
  const rows = await target.query<{ furthest: string | null }>(`${reads.join(' UNION ALL ')} ORDER BY at`);
  return rows.map(({ furthest }) => (furthest === null ? null : BigInt(furthest)));
}
