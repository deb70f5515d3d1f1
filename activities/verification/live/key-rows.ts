import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients.ts';
import { summed } from '../row-hash.ts';
import type { KeyCast, TableKey } from './table-keys.ts';

/** A table as one side has it, with the keys of its rows. */
export interface KeyedTable {
  readonly key: TableKey;
  /** How this side hashes a row. */
  readonly expressions: readonly string[];
}

/** Exact integers; two sums are equal where the rows are. */
export interface Sum {
  readonly rows: bigint;
  readonly hash: bigint;
}

/** Keys as they are remembered: JSON arrays of texts. */
export type Keys = Iterable<string>;

/** Rows of the table that have one of the keys. */
export async function sumOfKeys(session: Session, { key, expressions }: KeyedTable, keys: Keys): Promise<Sum> {
  const [row] = await session.query<{ rows: string; hash: string }>(
    `SELECT count(*)::text AS rows, ${summed(expressions.join(', '))} FROM ONLY ${key.table} t
      WHERE EXISTS (SELECT FROM ${keySet(key, 1)} WHERE ${matches(key)})`,
    [listOf(keys)],
  );
  return { rows: BigInt(row?.rows ?? 0), hash: BigInt(row?.hash ?? 0) };
}

export interface Wanted extends KeyedTable {
  readonly keys: readonly string[];
}

/**
 * What stands under each key, in the order asked: `rows:hash`, null where there is no row. One statement for all tables, because
 * behind a fence every round trip counts.
 */
export async function rowsOfKeys(session: Session, wanted: readonly Wanted[]): Promise<(string | null)[][]> {
  const found = wanted.map(({ keys }) => keys.map((): string | null => null));
  if (wanted.length === 0) return found;
  const reads = wanted.map(
    ({ key, expressions }, at) =>
      `SELECT ${at} AS at, k.ord, count(*) AS rows, ${summed(expressions.join(', '))}
         FROM ${keySet(key, at + 1)} JOIN ONLY ${key.table} t ON ${matches(key)} GROUP BY k.ord`,
  );
  const rows = await session.query<{ at: number; ord: string; rows: string; hash: string }>(
    reads.join(' UNION ALL '),
    wanted.map(({ keys }) => listOf(keys)),
  );
  for (const { at, ord, rows: count, hash } of rows) {
    const places = found[at];
    if (places !== undefined) places[Number(ord) - 1] = `${count}:${hash}`;
  }
  return found;
}

const listOf = (keys: Keys): string => `[${[...keys].join(',')}]`;

/** The keys of parameter `$n` as relation `k` with `ord`, from 1, and `k0`, `k1`, … */
export function keySet({ casts }: TableKey, parameter: number): string {
  const list = `jsonb_array_elements($${parameter}::jsonb) WITH ORDINALITY j(e, ord)`;
  if (casts === null)
    return `(SELECT ord, ARRAY(SELECT v COLLATE "C" FROM jsonb_array_elements_text(e) WITH ORDINALITY x(v, o) ORDER BY o) AS k0 FROM ${list}) k`;
  return `(SELECT ord, ${casts.map((cast, at) => `${valueOf(cast, at)} AS k${at}`).join(', ')} FROM ${list}) k`;
}

const valueOf = ({ type, collation }: KeyCast, at: number): string =>
  `(e->>${at})::${type}${collation === null ? '' : ` COLLATE ${collation}`}`;

/** Whether row `t` has key `k`. */
export function matches(key: TableKey): string {
  if (key.casts === null) return `k.k0 = ${keyTexts(key)}`;
  return key.casts
    .map(({ operator }, at) => `t.${escapeIdentifier(key.columns[at] ?? '')} ${operator} k.k${at}`)
    .join(' AND ');
}

/** The key of row `t` as text[], as pgoutput writes it: format() is the type's own output function, past any cast of an application. */
export function keyTexts({ columns }: TableKey): string {
  const texts = columns.map((name) => {
    const column = `t.${escapeIdentifier(name)}`;
    return `CASE WHEN ${column} IS NOT DISTINCT FROM NULL THEN NULL ELSE format('%s', ${column}) COLLATE "C" END`;
  });
  return `ARRAY[${texts.join(', ')}]::text[]`;
}
