import type { Session } from '../../clients.ts';
import { tablesToHash, type TableToHash } from '../table-list.ts';
import { quotedName } from './changed-keys.ts';
import type { KeyedTable } from './key-rows.ts';
import { readTableKeys, type TableKey } from './table-keys.ts';

/** One table, as each side has it; null where a side has none of that name. */
export interface ComparedTable {
  readonly schema: string;
  readonly table: string;
  readonly giver: TableToHash | null;
  readonly taker: TableToHash | null;
  /** Null where the giver does not replicate it. */
  readonly key: TableKey | null;
}

/** By quoted name; the giver's biggest first. */
export type Catalogue = ReadonlyMap<string, ComparedTable>;

/** Reads it of both sides. The sessions need `HASH_SETTINGS`. */
export async function readCatalogue(giver: Session, taker: Session): Promise<Catalogue> {
  const [[ours, keys], theirs] = await Promise.all([
    tablesToHash(giver).then(async (tables) => [tables, await readTableKeys(giver)] as const),
    tablesToHash(taker),
  ]);
  const others = new Map(theirs.map((table) => [quotedName(table), table]));
  const names = new Map([...ours, ...theirs].map((table) => [quotedName(table), table]));
  const own = new Map(ours.map((table) => [quotedName(table), table]));
  return new Map(
    [...names].map(([name, { schema, table }]) => [
      name,
      { schema, table, giver: own.get(name) ?? null, taker: others.get(name) ?? null, key: keys.get(name) ?? null },
    ]),
  );
}

/** The table as one side finds its rows by key; null where that is not possible. */
export function keyed({ key, ...sides }: ComparedTable, side: 'giver' | 'taker'): KeyedTable | null {
  const found = sides[side];
  return key === null || found === null ? null : { key, expressions: found.expressions };
}
