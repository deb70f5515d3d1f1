import type { Session } from '../../clients.ts';
import { keyed, type Catalogue } from './catalogue.ts';
import type { ChangedKeys } from './changed-keys.ts';
import { feedProgress } from './feed-progress.ts';
import { rowsOfKeys, type Wanted } from './key-rows.ts';

/** Two sessions with `HASH_SETTINGS` that see both sides as they are now, and the feed between these. */
export interface Sight {
  readonly giver: Session;
  readonly taker: Session;
  /** Slot through which the taker follows the giver. */
  readonly feed: string;
}

export interface ChangedKey {
  /** Quoted name. */
  readonly table: string;
  readonly key: string;
  /** Its last change. */
  readonly lsn: bigint;
}

export interface LookOptions {
  /** Keys of each table looked at, the longest unchanged first; default 2,000. */
  readonly limit?: number;
  /** Keys to leave out. */
  readonly without?: (key: ChangedKey) => boolean;
}

const LIMIT = 2_000;

/**
 * Compares pending keys whose last change is applied and settles the equal ones; answers the others. One that is written all the
 * time may differ only because the two sides are read one after the other: see {@link proved}.
 */
export async function look(
  sight: Sight,
  catalogue: Catalogue,
  changes: ChangedKeys,
  options: LookOptions = {},
): Promise<readonly ChangedKey[]> {
  // Before the rows are read: of a later place they might not show all that is before it.
  const { applied, unseen } = await feedProgress(sight.giver, sight.feed);
  const hidden = changes.firstUnseen(unseen);
  const before = hidden !== null && hidden < applied ? hidden : applied;
  return compareKeys(sight, catalogue, changes, changedBefore(changes, before, options));
}

/** Which of these differ for certain: their change is the last there was when they were read. `passed` waits until it is known. */
export async function proved(
  differing: readonly ChangedKey[],
  changes: ChangedKeys,
  passed: () => Promise<void>,
): Promise<readonly ChangedKey[]> {
  if (differing.length === 0) return [];
  await passed();
  return differing.filter(({ table, key, lsn }) => changes.pending.get(table)?.keys.get(key) === lsn);
}

/** Compares the keys as they are now, settles the equal ones, answers the others. */
export async function compareKeys(
  { giver, taker }: Pick<Sight, 'giver' | 'taker'>,
  catalogue: Catalogue,
  changes: ChangedKeys,
  keys: ReadonlyMap<string, readonly ChangedKey[]>,
): Promise<readonly ChangedKey[]> {
  const known = [...keys].filter(([name, list]) => list.length > 0 && catalogue.get(name)?.key != null);
  const [ours, theirs] = await Promise.all([
    read(giver, catalogue, known, 'giver'),
    read(taker, catalogue, known, 'taker'),
  ]);
  const differing: ChangedKey[] = [];
  for (const [name, list] of known)
    for (const [at, changed] of list.entries())
      if (theirs.has(name) && ours.get(name)?.[at] === theirs.get(name)?.[at])
        changes.settle(changed.table, changed.key, changed.lsn);
      else differing.push(changed);
  return differing;
}

type Lists = readonly (readonly [string, readonly ChangedKey[]])[];

async function read(
  session: Session,
  catalogue: Catalogue,
  lists: Lists,
  side: 'giver' | 'taker',
): Promise<ReadonlyMap<string, (string | null)[]>> {
  const wanted = lists.flatMap(([name, list]): { name: string; read: Wanted }[] => {
    const compared = catalogue.get(name);
    const found = compared === undefined ? null : keyed(compared, side);
    return found === null ? [] : [{ name, read: { ...found, keys: list.map(({ key }) => key) } }];
  });
  const rows = await rowsOfKeys(
    session,
    wanted.map((each) => each.read),
  );
  return new Map(wanted.map(({ name }, at) => [name, rows[at] ?? []]));
}

/** Pending keys by table, in the order of their last change. */
export function changedBefore(
  { pending }: ChangedKeys,
  before: bigint,
  { limit = LIMIT, without = () => false }: LookOptions = {},
): ReadonlyMap<string, readonly ChangedKey[]> {
  return new Map(
    [...pending].map(([table, { keys }]) => {
      const list: ChangedKey[] = [];
      for (const [key, lsn] of keys) {
        if (list.length >= limit) break;
        const changed = { table, key, lsn };
        if (lsn < before && !without(changed)) list.push(changed);
      }
      return [table, list];
    }),
  );
}
