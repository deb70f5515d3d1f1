import { escapeIdentifier } from 'pg';
import type { Message, Relation, Tuple } from './pgoutput.ts';
import { recentTransactions, type Unseen } from './recent-transactions.ts';

/**
 * What has changed on the giving side and is not yet known to be equal on the other. LSNs are those of commit records' first
 * bytes: a transaction is before a place in the log if its commit record begins before it. Pure: fed by the tracker.
 */

export interface PendingTable {
  readonly schema: string;
  readonly table: string;
  /** Key (JSON array of its columns' texts) → its last change. */
  readonly keys: ReadonlyMap<string, bigint>;
  /** Set by TRUNCATE, or where keys are too many to remember or unknown: changes in this span are known of the table only. */
  readonly whole: { readonly first: bigint; readonly last: bigint } | null;
}

export interface ChangedKeys {
  /** Feeds one message, in the order of the stream. */
  take(message: Message): void;
  /** Everything before `lsn` has been fed. */
  advance(lsn: bigint): void;
  /** Everything before this place has been fed. */
  readonly position: bigint;
  /** By quoted name, `"schema"."table"`. */
  readonly pending: ReadonlyMap<string, PendingTable>;
  /** Nothing before this place is pending. */
  watermark(): bigint;
  /** The key was equal on both sides after its change at `lsn`; a later change stays pending. */
  settle(table: string, key: string, lsn: bigint): void;
  /** How many were. */
  settled(): number;
  /** All changes of the table before `lsn` are known to be equal. */
  settleBefore(table: string, lsn: bigint): void;
  /** Of the transactions fed: where the first is that a snapshot does not see; null: it sees all. */
  firstUnseen(unseen: Unseen): bigint | null;
}

export interface ChangedKeysOptions {
  /** Where the stream begins. */
  readonly start: bigint;
  /** Names of the key's columns, by quoted name of the table as published; null where the table is not known. */
  readonly keyOf: (table: string) => readonly string[] | null;
  /** Keys remembered a table; default 200,000. */
  readonly limit?: number;
}

interface Changes {
  readonly schema: string;
  readonly table: string;
  readonly keys: Map<string, bigint>;
  whole: { first: bigint; last: bigint } | null;
}

export const quotedName = ({ schema, table }: { readonly schema: string; readonly table: string }): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;

export function changedKeys({ start, keyOf, limit = 200_000 }: ChangedKeysOptions): ChangedKeys {
  const relations = new Map<number, Relation>();
  const pending = new Map<string, Changes>();
  const transactions = recentTransactions();
  let [position, commit, settled] = [start, start, 0];
  const advance = (lsn: bigint): void => {
    if (lsn > position) position = lsn;
  };
  const apply = ({ id, rows }: Change): void => {
    const relation = relations.get(id);
    if (relation === undefined) throw new Error(`a change of relation ${id}, which was never described`);
    // Our own tables: sentinels and custody differ between the sides by design.
    if (relation.schema === 'daybreak') return;
    const { changes, key } = entryOf(pending, keyOf, relation);
    if (rows === null || key === null) markWhole(changes, commit);
    else for (const text of keysIn(key, rows)) remember(changes, text, commit, limit);
  };
  const take = (message: Message): void => {
    if (message.kind === 'relation') relations.set(message.id, message);
    else if (message.kind === 'commit') advance(message.endLsn);
    else if (message.kind === 'begin') {
      commit = message.commitLsn;
      transactions.add(message.xid, commit);
    }
    for (const change of changesIn(message)) apply(change);
  };
  return {
    take,
    advance,
    get position() {
      return position;
    },
    pending,
    watermark: () => watermark(pending, position),
    settle: (table, key, lsn) => void (settled += settleKey(pending.get(table), key, lsn)),
    settled: () => settled,
    settleBefore: (table, lsn) => settleBefore(pending.get(table), lsn),
    firstUnseen: (unseen) => transactions.firstUnseen(unseen),
  };
}

interface Change {
  /** The relation's. */
  readonly id: number;
  /** Old and new; null where all rows are meant. */
  readonly rows: readonly (Tuple | null)[] | null;
}

function changesIn(message: Message): readonly Change[] {
  if (message.kind === 'insert') return [{ id: message.relation, rows: [message.new] }];
  if (message.kind === 'update') return [{ id: message.relation, rows: [message.old, message.new] }];
  if (message.kind === 'delete') return [{ id: message.relation, rows: [message.old] }];
  return message.kind === 'truncate' ? message.relations.map((id) => ({ id, rows: null })) : [];
}

/** The table's changes, and where its key's columns stand in a row; null where that is not known. */
function entryOf(pending: Map<string, Changes>, keyOf: ChangedKeysOptions['keyOf'], relation: Relation) {
  const name = quotedName(relation);
  const { schema, table } = relation;
  const changes = pending.get(name) ?? { schema, table, keys: new Map<string, bigint>(), whole: null };
  pending.set(name, changes);
  const key = keyOf(name)?.map((column) => relation.columns.indexOf(column)) ?? null;
  return { changes, key: key === null || key.includes(-1) ? null : key };
}

/** A value that is not sent with the new row is that of the old one. Null for a key that cannot be told. */
function keysIn(key: readonly number[], rows: readonly (Tuple | null)[]): (string | null)[] {
  const [first] = rows;
  return rows.flatMap((tuple) => {
    if (tuple === null) return [];
    const values = key.map((at) => tuple[at] ?? (tuple[at] === undefined ? first?.[at] : null));
    return values.includes(undefined) ? [null] : [JSON.stringify(values.map(textOf))];
  });
}

const textOf = (value: Uint8Array | null | undefined): string | null =>
  value == null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');

function remember(changes: Changes, key: string | null, lsn: bigint, limit: number): void {
  if (key === null) return markWhole(changes, lsn);
  const known = changes.keys.get(key);
  if (known !== undefined && known >= lsn) return;
  changes.keys.delete(key); // so that keys stand in the order of their last change
  changes.keys.set(key, lsn);
  if (changes.keys.size > limit) markWhole(changes, lsn);
}

/** From here on the keys known are those changed after `lsn`: what was known before is part of the whole. */
function markWhole(changes: Changes, lsn: bigint): void {
  let first = changes.whole?.first ?? lsn;
  for (const known of changes.keys.values()) if (known < first) first = known;
  changes.keys.clear();
  changes.whole = { first, last: lsn };
}

function watermark(pending: ReadonlyMap<string, PendingTable>, position: bigint): bigint {
  let lowest = position;
  for (const { keys, whole } of pending.values()) {
    if (whole !== null && whole.first < lowest) lowest = whole.first;
    for (const lsn of keys.values()) if (lsn < lowest) lowest = lsn;
  }
  return lowest;
}

const settleKey = (changes: Changes | undefined, key: string, lsn: bigint): number =>
  changes?.keys.get(key) === lsn && changes.keys.delete(key) ? 1 : 0;

function settleBefore(changes: Changes | undefined, lsn: bigint): void {
  if (changes === undefined) return;
  for (const [key, at] of changes.keys) if (at < lsn) changes.keys.delete(key);
  if (changes.whole !== null && changes.whole.last < lsn) changes.whole = null;
}
