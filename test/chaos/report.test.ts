import { expect, test } from 'vitest';
import { page } from './report.ts';
import type { Entry } from './results-file.ts';

const cell: Entry = {
  strategy: 'blue-green',
  direction: 'source-to-target',
  step: 'commit',
  fault: 'SIGTERM',
  times: 1,
  outcome: { end: 'handed over', why: null, stillMs: 1_234, busyMs: 9, writable: ['target'], lost: 0 },
  faults: [],
  at: '2026-01-02T03:04:05.000Z',
  seconds: 60,
  load: 2.5,
  on: { commit: 'abc123', cores: 2, memoryGb: 8, node: '20.19.0', postgres: '17.1', temporal: '1.5.0', sdk: '1.24.0' },
  without: null,
};
const red = { ...cell, faults: ['2 acknowledged writes are lost; wanted 0'] };

test('the page says what ran where, and each cell with its end and its pause', () => {
  const text = page([
    cell,
    { ...cell, fault: 'call fails', times: 3, load: 4, at: '2026-01-02T03:09:05.000Z' },
    { ...cell, fault: 'answer lost', times: 0, outcome: null },
  ]);
  expect(text).toContain(
    '4 faults in 3 cells, 0 red, 16 more not run; the longest time without an acknowledged write was 1.2 s',
  );
  expect(text).toContain(
    '- 3 cells, ended from 2026-01-02 03:04 to 2026-01-02 03:09 UTC, 3 minutes of work, commit abc123, on 2 cores',
  );
  expect(text).toContain('Load of the machine: 2.5 in the middle, 4 at most');
  expect(text).toContain('| about to | SIGTERM | call fails | answer lost |');
  expect(text).toContain('| commit | → 1.2 | → 1.2 (3) | · |');
  expect(text).not.toContain('### Red');
});

test('a red cell is marked in its table and told in words', () => {
  const text = page([red]);
  expect(text).toContain('1 red');
  expect(text).toContain('| commit | × → 1.2 |');
  expect(text).toContain(
    '### Red\n\n- blue-green: cutover · commit · SIGTERM: 2 acknowledged writes are lost; wanted 0',
  );
});

test('a cell that was red and is green when run again counts as green, and that it was red is told', () => {
  const text = page([red, { ...cell, fault: 'call fails' }, { ...cell, on: { ...cell.on, commit: 'def456' } }]);
  expect(text).toContain('2 faults in 2 cells, 0 red, 17 more not run');
  expect(text).toContain(
    '### Red at first, and green when run again\n\n- blue-green: cutover · commit · SIGTERM: 2 acknowledged',
  );
  expect(text).toContain(
    '- 1 cells, ended from 2026-01-02 03:04 to 2026-01-02 03:04 UTC, 1 minutes of work, commit def456',
  );
});

test('steps come in the order of the undisturbed hand-over, with those that were not run yet', () => {
  const text = page([{ ...cell, step: 'begin', fault: 'none', steps: ['begin', 'fence', 'commit'] }, cell]);
  expect(text).toContain('0 red, 55 more not run');
  expect(text).toMatch(/\| begin \|.*\n\| fence \|  \|  \|\n\| commit \|/);
});

test('what is red without a protection is no red cell of the table', () => {
  const text = page([cell, { ...red, without: 'fence' }]);
  expect(text).toContain('1 faults in 1 cells, 0 red');
  expect(text).toContain(
    '| fence | blue-green: cutover · commit · SIGTERM | 2 acknowledged writes are lost; wanted 0 |',
  );
  expect(text).not.toContain('### Red');
});
