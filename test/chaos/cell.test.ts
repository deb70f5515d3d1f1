import { expect, test } from 'vitest';
import { faultsOf, saysNothing, type Outcome } from './cell.ts';

const wanted: Outcome = {
  end: 'given back',
  why: 'a fault',
  stillMs: 10_000,
  busyMs: 9,
  writable: ['source'],
  lost: 0,
};

test.each(['handed over', 'given back', 'not begun', 'given back (by custody)'])(
  'a cell is green when writes flow on one side, none is lost, and the end is "%s"',
  (end) => {
    expect(faultsOf({ ...wanted, end })).toEqual([]);
  },
);

test.each<[string, Partial<Outcome>, string]>([
  ['writes stood still for longer than 10 s', { stillMs: 10_001 }, 'no write was acknowledged for 10001 ms'],
  ['both sides take writes', { writable: ['source', 'target'] }, 'writable: source and target'],
  ['no side takes writes', { writable: [] }, 'writable: no side'],
  ['an acknowledged write is missing', { lost: 1 }, '1 acknowledged writes are lost'],
  ['the end has no name', { end: 'no result' }, 'ended as "no result"'],
])('a cell is red when %s', (_, change, words) => {
  expect(faultsOf({ ...wanted, ...change })).toEqual([expect.stringContaining(words)]);
});

test('a pause on a machine that was busy says nothing, unless something else is wrong', () => {
  const busy = { ...wanted, stillMs: 10_001, busyMs: 1_001 };
  expect(saysNothing(busy, 10_000)).toBe(true);
  expect(saysNothing({ ...busy, busyMs: 1_000 }, 10_000)).toBe(false);
  expect(saysNothing({ ...busy, stillMs: 10_000 }, 10_000)).toBe(false);
  expect(saysNothing({ ...busy, lost: 1 }, 10_000)).toBe(false);
});
