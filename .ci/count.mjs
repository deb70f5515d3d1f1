/**
 * Names each failed test with the first line of its message, then prints `N passed, N failed[, N skipped]`:
 * from vitest's JSON report, given as the only argument.
 * A test file that could not even be loaded holds no tests and is counted as one failure; so is a test that began and never ended,
 * for its process died.
 * Exit status 1 when there is no report, nothing passed, or anything failed.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const file = process.argv[2] ?? '.cache/vitest.json';

/**
 * @typedef {{ status: string, fullName: string, duration?: number, failureMessages?: string[] }} TestResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestResult[] }} FileResult
 * @returns {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: FileResult[] } | undefined}
 */
function readReport() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error('no test report:', error instanceof Error ? error.message : error);
    return undefined;
  }
}

/** @param {string | undefined} message its first line, short enough to stand in a list */
const firstLine = (message) => (message ?? '').split('\n', 1).join('').slice(0, 300);

const report = readReport();
const results = report?.testResults ?? [];
/** In vitest's report a test that was to be skipped is `skipped`, and one whose process died is `pending`, in a file that `passed`. */
const unended = results.map((result) => ({
  name: relative(process.cwd(), result.name),
  tests: result.assertionResults.filter((test) => test.status === 'pending'),
}));
let unendedTests = 0;
for (const { name, tests } of unended)
  for (const test of tests) {
    unendedTests += 1;
    console.log(`failed: ${name}: ${test.fullName}: it never ended: the process of its file died`);
  }
const failedFiles = results.filter((result) => result.status === 'failed');
let brokenFiles = 0;
for (const broken of failedFiles) {
  const name = relative(process.cwd(), broken.name);
  const tests = broken.assertionResults.filter((test) => test.status === 'failed');
  if (tests.length === 0) {
    brokenFiles += 1;
    console.log(`failed: ${name}: ${firstLine(broken.message)}`);
  }
  for (const test of tests) console.log(`failed: ${name}: ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
}
const passed = report?.numPassedTests ?? 0;
const failed = report ? report.numFailedTests + brokenFiles + unendedTests : 1; // a run without a report is itself a failure
const skipped = report ? report.numPendingTests - unendedTests + report.numTodoTests : 0;

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
