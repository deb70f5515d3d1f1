import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../until.ts';

const CI = fileURLToPath(new URL('../../.ci', import.meta.url));

/** vitest's report, cut down to what is counted. */
function report(passed: number, failed: number, pending = 0, brokenFiles = 0): string {
  const testResults: object[] = Array.from({ length: brokenFiles }, () => ({
    name: 'test/broken.test.ts',
    status: 'failed',
    message: 'Cannot find module',
    assertionResults: [],
  }));
  const one = {
    fullName: 'a promise is kept',
    status: 'failed',
    failureMessages: ['AssertionError: it was not\n  at …'],
  };
  if (failed > 0) testResults.push({ name: 'test/some.test.ts', status: 'failed', assertionResults: [one] });
  const counts = { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0 };
  return JSON.stringify({ ...counts, testResults });
}

/** Runs `.ci/run` in a project of its own whose npm fails the named scripts and leaves the given report. */
function runCi(options: {
  report?: string;
  failing?: string[];
  staleReport?: string;
  leaving?: string;
  patient?: boolean;
}) {
  const root = mkdtempSync(join(tmpdir(), 'daybreak-ci-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(CI, join(root, '.ci'), { recursive: true });
  mkdirSync(join(root, '.cache'));
  if (options.staleReport) writeFileSync(join(root, '.cache/vitest.json'), options.staleReport);
  if (options.report) writeFileSync(join(root, 'report'), options.report);
  const failing = options.failing?.map((call) => `"${call}") exit 1 ;;`).join(' ') ?? '';
  const npm = join(root, 'bin/npm');
  mkdirSync(dirname(npm));
  const leaveProcess = options.leaving === undefined ? '' : `(${options.leaving} >/dev/null 2>&1 &)`;
  if (options.patient) {
    mkdirSync(join(root, 'local/setup'), { recursive: true });
    writeFileSync(join(root, 'local/setup/main.mjs'), ''); // as the set-up answers where all is there
  }
  const waiting = options.patient
    ? '[ "$1" = test ] && for look in $(seq 300); do grep -q format calls && break; sleep 0.1; done; [ "$1" = test ] && tail -n 1 calls > tests.end'
    : '';
  const leaveReport = '[ "$1" = test ] && [ -f report ] && cp report .cache/vitest.json';
  writeFileSync(
    npm,
    `#!/bin/sh\necho "$*" >> calls\n${waiting}\n${leaveReport}\n${leaveProcess}\ncase "$*" in ${failing} *) exit 0 ;; esac\n`,
  );
  chmodSync(npm, 0o755);
  const env = { ...process.env, PATH: `${dirname(npm)}:${dirname(process.execPath)}:/usr/bin:/bin` };
  const { status, stdout } = spawnSync('bash', [join(root, '.ci/run')], { cwd: tmpdir(), env, encoding: 'utf8' });
  const calls = readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  return { status, lastLine: stdout.trim().split('\n').at(-1), calls, stdout, read };
}

test('the check calls tests, lint, types and format, and ends with the counts of the report', () => {
  const { status, lastLine, calls } = runCi({ report: report(12, 0) });
  expect(calls).toEqual(['test', 'run lint', 'run types', 'run format:check']);
  expect({ status, lastLine }).toEqual({ status: 0, lastLine: '12 passed, 0 failed' });
});

test('the other checks are made while the tests run, once the set-up is through', () => {
  const { status, stdout, calls, read } = runCi({ report: report(12, 0), patient: true, failing: ['run types'] });
  expect(calls).toEqual(['test', 'run lint', 'run types', 'run format:check']);
  expect(read('tests.end').trim()).toBe('run format:check');
  expect(stdout.match(/^== .*/gm)).toEqual([
    '== npm test',
    '== npm run lint',
    '== npm run types',
    '== npm run format:check',
  ]);
  expect({ status, failed: stdout.match(/^FAILED: .*/gm) }).toEqual({ status: 1, failed: ['FAILED: npm run types'] });
});

test('skipped tests are counted', () => {
  expect(runCi({ report: report(12, 0, 3) }).lastLine).toBe('12 passed, 0 failed, 3 skipped');
});

test('failing tests do not hide lint, types and format, and fail the check', () => {
  const { status, lastLine, calls, stdout } = runCi({ report: report(11, 1), failing: ['test'] });
  expect(calls).toHaveLength(4);
  expect({ status, lastLine }).toEqual({ status: 1, lastLine: '11 passed, 1 failed' });
  expect(stdout).toMatch(/^failed: .*test\/some\.test\.ts: a promise is kept: AssertionError: it was not$/m);
});

test.each(['run lint', 'run types', 'run format:check'])(
  'a failing "npm %s" fails the check though all tests pass',
  (call) => {
    const { status, lastLine, stdout } = runCi({ report: report(12, 0), failing: [call] });
    expect({ status, lastLine }).toEqual({ status: 1, lastLine: '12 passed, 0 failed' });
    expect(stdout).toContain(`FAILED: npm ${call}`);
  },
);

test('a test file that could not be loaded is a failure', () => {
  expect(runCi({ report: report(12, 0, 0, 1) })).toMatchObject({ status: 1, lastLine: '12 passed, 1 failed' });
});

test('a test whose process died is a failure, and is named', () => {
  const died = [{ fullName: 'a promise is kept', status: 'pending', failureMessages: [] }];
  const skipped = [{ fullName: 'a promise for another day', status: 'skipped', failureMessages: [] }];
  const testResults = [
    { name: 'test/deadly.test.ts', status: 'passed', assertionResults: died },
    { name: 'test/patient.test.ts', status: 'passed', assertionResults: skipped },
  ];
  const counts = { numPassedTests: 12, numFailedTests: 0, numPendingTests: 2, numTodoTests: 0 };
  const { status, lastLine, stdout } = runCi({ report: JSON.stringify({ ...counts, testResults }) });
  expect({ status, lastLine }).toEqual({ status: 1, lastLine: '12 passed, 1 failed, 1 skipped' });
  expect(stdout).toMatch(/^failed: .*test\/deadly\.test\.ts: a promise is kept: it never ended/m);
});

test('a run without a report is a failure, also where an earlier run left one', () => {
  const { status, lastLine } = runCi({ failing: ['test'], staleReport: report(12, 0) });
  expect({ status, lastLine }).toEqual({ status: 1, lastLine: '0 passed, 1 failed' });
});

test('a run in which no test passed is a failure', () => {
  expect(runCi({ report: report(0, 0, 4) })).toMatchObject({ status: 1, lastLine: '0 passed, 0 failed, 4 skipped' });
});

test('a process that the tests left behind is named and stopped, and its folder goes too', async () => {
  const leaving = '[ "$1" = test ] && { echo $TMPDIR > place; tail -f /dev/null "$TMPDIR/.." & echo $! > left; }';
  const { stdout, lastLine, read } = runCi({ report: report(12, 0), leaving });
  expect(stdout).toMatch(/^left behind and stopped: tail -f \/dev\/null/m);
  expect(lastLine).toBe('12 passed, 0 failed');
  expect(existsSync(read('place').trim())).toBe(false);
  await until('the end of the process', () => !lives(Number(read('left'))));
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
