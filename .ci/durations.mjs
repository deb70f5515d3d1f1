/**
 * `node .ci/durations.mjs .cache/vitest.json`: keeps how long each test file took in `test/durations.json`, in whole seconds, for the
 * order of later runs. To be called after a whole run, now and then: the order suffers from nothing but rough mistakes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const report = process.argv[2];
if (report === undefined) throw new Error('wanted: node .ci/durations.mjs REPORT');

/** @type {{ testResults: { name: string, startTime: number, endTime: number }[] }} */
const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
const seconds = testResults
  .map(({ name, startTime, endTime }) => [relative(ROOT, name), Math.round((endTime - startTime) / 1000)])
  .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1));
writeFileSync(`${ROOT}test/durations.json`, `${JSON.stringify(Object.fromEntries(seconds), undefined, 2)}\n`);
