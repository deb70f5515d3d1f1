import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedKeys, type ChangedKeysOptions } from '../../../../activities/verification/live/changed-keys.ts';
import type { Message, Value } from '../../../../activities/verification/live/pgoutput.ts';
import { recentTransactions, unseenBy } from '../../../../activities/verification/live/recent-transactions.ts';

const bytes = (text: string | null | undefined): Value => (text == null ? text : Buffer.from(text));
const row = (...texts: (string | null | undefined)[]): Value[] => texts.map(bytes);
const TABLE: Message = { kind: 'relation', id: 1, schema: 'public', table: 't', columns: ['a', 'note', 'b'] };

/** A tracker of table `public.t` with key (b, a), fed with transactions at places 10, 20, 30, … */
function feed(options: Partial<ChangedKeysOptions> = {}) {
  const changes = changedKeys({ start: 0n, keyOf: () => ['b', 'a'], ...options });
  let at = 0n;
  changes.take(TABLE);
  return {
    changes,
    commit: (...messages: Message[]): bigint => {
      at += 10n;
      changes.take({ kind: 'begin', commitLsn: at, xid: Number(at) });
      for (const message of messages) changes.take(message);
      changes.take({ kind: 'commit', commitLsn: at, endLsn: at + 9n });
      return at;
    },
    keys: () => Object.fromEntries(changes.pending.get('"public"."t"')?.keys ?? []),
    whole: () => changes.pending.get('"public"."t"')?.whole ?? null,
  };
}

const insert = (...texts: (string | null | undefined)[]): Message => ({
  kind: 'insert',
  relation: 1,
  new: row(...texts),
});

describe('keys that have changed', () => {
  test('are those of inserted, updated and deleted rows, in the order of the key, with their last change', () => {
    const { commit, keys } = feed();
    commit(insert('1', 'x', 'eins'), insert('2', 'x', 'zwei "2"'));
    commit({ kind: 'update', relation: 1, old: null, new: row('2', 'y', 'zwei "2"') });
    commit({ kind: 'delete', relation: 1, old: row('3', null, 'drei') });
    expect(keys()).toEqual({ '["eins","1"]': 10n, '["zwei \\"2\\"","2"]': 20n, '["drei","3"]': 30n });
  });

  test('are both where a row gets another key', () => {
    const { commit, keys } = feed();
    commit({ kind: 'update', relation: 1, old: row('1', null, 'old'), new: row('1', 'x', 'new') });
    expect(Object.keys(keys())).toEqual(['["old","1"]', '["new","1"]']);
  });

  test('keep a large value that is not sent again, and mark the table where it is in no row', () => {
    const { commit, keys, whole } = feed();
    commit({ kind: 'update', relation: 1, old: row('1', null, 'large'), new: row('2', undefined, undefined) });
    expect(Object.keys(keys())).toEqual(['["large","1"]', '["large","2"]']);
    commit({ kind: 'update', relation: 1, old: null, new: row('1', null, undefined) });
    expect(whole()).toEqual({ first: 10n, last: 20n });
  });

  test('of our own tables are no concern, but their place in the log is', () => {
    const { commit, changes } = feed();
    changes.take({ kind: 'relation', id: 9, schema: 'daybreak', table: 'forward_sentinel', columns: ['n'] });
    commit({ kind: 'insert', relation: 9, new: row('1') });
    expect(changes.pending.size).toBe(0);
    expect(changes.position).toBe(19n);
  });

  test.each([
    ['TRUNCATE', {}, { kind: 'truncate', relations: [1] }],
    ['a table nobody knows', { keyOf: (): null => null }, insert('1', null, 'x')],
    ['a key that is not in the row', { keyOf: (): string[] => ['gone'] }, insert('1', null, 'x')],
    ['more than is remembered', { limit: 1 }, insert('1', null, 'x')],
  ] as const)('become the whole table by %s', (_what, options, message) => {
    const { commit, keys, whole, changes } = feed(options);
    commit(insert('5', 'x', 'before'));
    commit(message);
    expect(keys()).toEqual({});
    expect(whole()?.last).toBe(20n);
    expect(changes.watermark()).toBeLessThanOrEqual(20n);
    // Compared at a place after it, the table is known again.
    changes.settleBefore('"public"."t"', 20n);
    expect(whole()).not.toBeNull();
    changes.settleBefore('"public"."t"', 21n);
    expect(whole()).toBeNull();
    expect(changes.watermark()).toBe(changes.position);
  });

  test('are known one by one again after the whole was marked', () => {
    const { commit, keys, whole } = feed({ limit: 2 });
    for (const key of ['1', '2', '3', '4']) commit(insert(key, null, 'x'));
    expect(whole()).toEqual({ first: 10n, last: 30n });
    expect(keys()).toEqual({ '["x","4"]': 40n });
  });

  test('are settled by the change that was compared, never by an earlier one', () => {
    const { commit, keys, changes } = feed();
    const first = commit(insert('1', null, 'x'));
    const second = commit(insert('1', null, 'x'));
    changes.settle('"public"."t"', '["x","1"]', first);
    expect(keys()).toEqual({ '["x","1"]': second });
    changes.settle('"public"."t"', '["x","1"]', second);
    expect(keys()).toEqual({});
  });

  test('never lie before the watermark, whatever is changed and settled', () => {
    const deed = fc.oneof(
      fc.record({ change: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }) }),
      fc.record({ settle: fc.nat(5) }),
      fc.constant({ truncate: true }),
      fc.record({ settleBefore: fc.bigInt({ min: 0n, max: 200n }) }),
    );
    fc.assert(
      fc.property(fc.array(deed), (deeds) => {
        const { commit, keys, whole, changes } = feed({ limit: 4 });
        for (const each of deeds) {
          if ('change' in each) commit(...each.change.map((key) => insert(`${key}`, null, 'x')));
          else if ('truncate' in each) commit({ kind: 'truncate', relations: [1] });
          else if ('settleBefore' in each) changes.settleBefore('"public"."t"', each.settleBefore);
          else changes.settle('"public"."t"', `["x","${each.settle}"]`, keys()[`["x","${each.settle}"]`] ?? -1n);
          const places = [...Object.values(keys()), ...(whole() === null ? [] : [whole()?.first ?? 0n])];
          expect(places.every((place) => place >= changes.watermark())).toBe(true);
          expect(places.includes(changes.watermark()) || changes.watermark() === changes.position).toBe(true);
        }
      }),
    );
  });

  test('come in the order of their last change, so that a limited look begins with the oldest', () => {
    const { commit, keys } = feed();
    for (const key of ['1', '2', '1', '3']) commit(insert(key, null, 'x'));
    expect(Object.values(keys())).toEqual([20n, 30n, 40n]);
  });
});

describe('transactions that are in the log and not yet in a snapshot', () => {
  const transactions = () => {
    const recent = recentTransactions();
    for (const [xid, lsn] of [
      [100, 10n],
      [102, 20n],
      [101, 30n],
      [105, 40n],
    ] as const)
      recent.add(xid, lsn);
    return recent;
  };

  test.each([
    ['110:110:', null],
    ['101:106:101', 30n],
    ['101:105:', 40n],
    ['100:110:100,105', 10n],
    ['4294967400:4294967401:', 40n], // one epoch on: of the ids only the low half is compared
  ])('are found from %s', (snapshot, first) => {
    expect(transactions().firstUnseen(unseenBy(snapshot))).toBe(first);
  });

  test('are told from older ones where ids turn over', () => {
    const recent = recentTransactions();
    recent.add(4294967290, 10n);
    recent.add(3, 20n);
    expect(recent.firstUnseen(unseenBy('4294967300:4294967300:'))).toBeNull();
    expect(recent.firstUnseen(unseenBy('4294967292:4294967292:'))).toBe(20n);
  });
});
