import type { Session } from '../../clients.ts';
import { summed } from '../row-hash.ts';
import { keyed, type ComparedTable } from './catalogue.ts';
import { keySet, keyTexts, matches, type KeyedTable } from './key-rows.ts';

/** Where the rows of a table differ. */
export interface DifferingKeys {
  /** JSON arrays of the keys' texts. */
  readonly keys: readonly string[];
  /** There are others: nobody reads more. */
  readonly more: boolean;
}

const BUCKETS = 65_536;
/** Buckets whose keys are listed one by one. */
const OPENED = 4;
/** Keys told of one table. */
const TOLD = 1_000;

/**
 * Which keys of a table that differs, read in the sessions' snapshots; those in `without` are left out. Rows are summed by buckets
 * of their keys first, so that only a few buckets' keys are ever held in memory.
 */
export async function differingKeys(
  pair: { readonly giver: Session; readonly taker: Session },
  compared: ComparedTable,
  without: readonly string[],
): Promise<DifferingKeys> {
  const [ours, theirs] = [keyed(compared, 'giver'), keyed(compared, 'taker')];
  if (ours === null || theirs === null) return { keys: [], more: false };
  const both = async (what: string, condition: string, values: readonly unknown[]): Promise<readonly string[]> => {
    const all = [`[${without.join(',')}]`, ...values];
    const [a, b] = await Promise.all([
      pair.giver.query<Group>(groups(ours, what, condition), all),
      pair.taker.query<Group>(groups(theirs, what, condition), all),
    ]);
    return different(a, b);
  };
  const key = `to_json(${keyTexts(ours.key)})::text`;
  const bucket = `(hashtextextended(${key} COLLATE "C", 0) & ${BUCKETS - 1})`;
  const buckets = await both(`${bucket}::text`, 'true', []);
  const keys = await both(key, `${bucket} = ANY ($2::int8[])`, [buckets.slice(0, OPENED)]);
  return { keys: keys.slice(0, TOLD), more: buckets.length > OPENED || keys.length > TOLD };
}

interface Group {
  readonly what: string;
  readonly rows: string;
  readonly hash: string;
}

const groups = ({ key, expressions }: KeyedTable, what: string, condition: string): string =>
  `SELECT ${what} AS what, count(*)::text AS rows, ${summed(expressions.join(', '))} FROM ONLY ${key.table} t
    WHERE ${condition} AND NOT EXISTS (SELECT FROM ${keySet(key, 1)} WHERE ${matches(key)}) GROUP BY 1`;

function different(ours: readonly Group[], theirs: readonly Group[]): readonly string[] {
  const sums = (groupsOf: readonly Group[]) =>
    new Map(groupsOf.map(({ what, rows, hash }) => [what, `${rows}:${hash}`]));
  const [a, b] = [sums(ours), sums(theirs)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((what) => a.get(what) !== b.get(what));
}
