import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { DURATIONS, longestFirst } from './longest-first.ts';

test('the files that take longest come first, and before them those nobody has measured', () => {
  const durations = { 'quick.test.ts': 0, 'slow.test.ts': 100, 'middling.test.ts': 7 };
  const files = ['quick.test.ts', 'new.test.ts', 'middling.test.ts', 'slow.test.ts', 'newer.test.ts'];
  expect(longestFirst(files, durations)).toEqual([
    'new.test.ts',
    'newer.test.ts',
    'slow.test.ts',
    'middling.test.ts',
    'quick.test.ts',
  ]);
});

test('most files have been measured', () => {
  const files = globSync('test/**/*.test.ts', { cwd: fileURLToPath(new URL('..', import.meta.url)) });
  const unknown = files.filter((file) => DURATIONS[file] === undefined);
  expect(unknown.length, `run .ci/run, then: node .ci/durations.mjs .cache/vitest.json`).toBeLessThan(files.length / 5);
});
