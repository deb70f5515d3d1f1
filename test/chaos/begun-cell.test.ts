import { expect, test } from 'vitest';
import { advance, begun, notEnded } from './begun-cell.ts';
import type { Cell, Outcome } from './cell.ts';

const cell: Cell = { strategy: 'blue-green', direction: 'source-to-target', step: 'open', fault: 'call fails' };
const outcome: Outcome = { end: 'handed over', why: null, stillMs: 100, busyMs: 9, writable: ['target'], lost: 0 };
const LIMIT_MS = 1_000;

test('a fault that is struck once ends its cell', () => {
  expect(advance(begun(cell), { outcome, of: 1 }, LIMIT_MS)).toEqual({
    result: { ...cell, times: 1, outcome, faults: [] },
  });
});

test('a fault of each call is struck until there is no more, and the longest pause is told', () => {
  const longer = { ...outcome, stillMs: 900 };
  expect(advance(begun(cell), { outcome: longer, of: 2 }, LIMIT_MS)).toEqual({ more: [longer] });
  const third = { ...begun(cell), nth: 3, outcomes: [longer, outcome] };
  expect(advance(third, { outcome, of: 2 }, LIMIT_MS)).toEqual({
    result: { ...cell, times: 2, outcome: longer, faults: [] },
  });
});

test('a step without a thing of the kind has a cell without an outcome', () => {
  expect(advance(begun(cell), { outcome, of: 0 }, LIMIT_MS)).toEqual({
    result: { ...cell, times: 0, outcome: null, faults: [] },
  });
});

test('a red strike ends the cell, even where it struck nothing', () => {
  const lost = { ...outcome, lost: 1 };
  for (const of of [0, 2])
    expect(advance(begun(cell), { outcome: lost, of }, LIMIT_MS)).toMatchObject({
      result: { outcome: lost, faults: ['1 acknowledged writes are lost; wanted 0'] },
    });
  expect(advance(begun(cell), { outcome: { ...outcome, stillMs: 1_001 }, of: 2 }, LIMIT_MS)).toMatchObject({
    result: { faults: ['no write was acknowledged for 1001 ms; wanted 1000 at most'] },
  });
});

test('a step that was not reached, and a strike that did not end, are red', () => {
  expect(advance(begun(cell), 'not reached', LIMIT_MS)).toMatchObject({
    result: { faults: ['the attempt did not come to the step'] },
  });
  expect(notEnded(begun(cell), new Error('waited 120 s'))).toMatchObject({ faults: ['waited 120 s'] });
});
