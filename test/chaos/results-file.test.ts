import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addResult, readResults, type Entry } from './results-file.ts';

const entry: Entry = {
  strategy: 'blue-green',
  direction: 'target-to-source',
  step: 'open',
  fault: 'SIGSTOP',
  times: 1,
  outcome: { end: 'given back', why: 'a fault of ü', stillMs: 5, busyMs: 9, writable: ['target'], lost: 0 },
  faults: [],
  at: '2026-01-02T03:04:05.000Z',
  seconds: 6,
  load: 1,
  on: { commit: 'abc', cores: 2, memoryGb: 8, node: '20.19.0', postgres: '17.1', temporal: '1.5.0', sdk: '1.24.0' },
  without: null,
};

test('results are there again after a run that was cut off in the middle of a line, and the next line is whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-results-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'results.jsonl');
  expect(readResults(file)).toEqual([]);
  addResult(file, entry);
  appendFileSync(file, '{"direction":"target-to');
  expect(readResults(file)).toEqual([entry]);
  addResult(file, { ...entry, step: 'commit' });
  expect(readResults(file)).toEqual([entry, { ...entry, step: 'commit' }]);
});
