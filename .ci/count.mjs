/**
 * Prints `N passed, N failed[, N skipped]` from vitest's JSON report, given as the only argument.
 * A test file that could not even be loaded holds no tests and is counted as one failure.
 * Exit status 1 when there is no report, nothing passed, or anything failed.
 */
import { readFileSync } from 'node:fs';

const file = process.argv[2] ?? '.cache/vitest.json';

/** @returns {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} */
function readReport() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error('no test report:', error instanceof Error ? error.message : error);
    return undefined;
  }
}

const report = readReport();
const brokenFiles = (report?.testResults ?? []).filter(
  (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
).length;
const passed = report?.numPassedTests ?? 0;
const failed = report ? report.numFailedTests + brokenFiles : 1; // a run without a report is itself a failure
const skipped = report ? report.numPendingTests + report.numTodoTests : 0;

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
