import { expect, test } from 'vitest';
import { page } from './report.ts';
import type { CellResult } from './cell.ts';

const cell: CellResult = {
  direction: 'source-to-target',
  step: 'commit',
  fault: 'SIGTERM',
  times: 1,
  outcome: { end: 'handed over', why: null, stillMs: 1_234, writable: ['target'], lost: 0 },
  faults: [],
};
const report = (results: readonly CellResult[]): string =>
  page({
    startedAt: '2026-01-02T03:04:05.000Z',
    seconds: 600,
    surroundings: { cores: 2, memoryGb: 8, node: '20.19.0', postgres: '17.1', temporal: '1.5.0', sdk: '1.24.0' },
    results,
  });

test('the page says what ran where, and each cell with its end and its pause', () => {
  const text = report([
    cell,
    { ...cell, fault: 'call fails', times: 3 },
    { ...cell, fault: 'answer lost', times: 0, outcome: null },
  ]);
  expect(text).toContain('4 faults in 3 cells, 0 red; the longest time without an acknowledged write was 1.2 s');
  expect(text).toContain('2026-01-02 in 10 minutes, on 2 cores');
  expect(text).toContain('| about to | SIGTERM | call fails | answer lost |');
  expect(text).toContain('| commit | → 1.2 | → 1.2 (3) | · |');
  expect(text).not.toContain('### Red');
});

test('a red cell is marked in its table and told in words', () => {
  const text = report([{ ...cell, faults: ['2 acknowledged writes are lost; wanted 0'] }]);
  expect(text).toContain('1 red');
  expect(text).toContain('| commit | × → 1.2 |');
  expect(text).toContain('- cutover · commit · SIGTERM: 2 acknowledged writes are lost; wanted 0');
});
