import { expect, test } from 'vitest';
import { readConfig } from '../../worker/config.ts';
import { StartFailure } from '../../worker/start-failure.ts';

test('an empty environment is enough: everything has a default', () => {
  expect(readConfig({})).toEqual({
    pgBin: null,
    caFile: null,
    scratch: '.daybreak/scratch',
    evidence: '.daybreak/evidence',
    pollIntervalMs: 15_000,
    shutdownGraceMs: 1_200_000,
    searchPath: '',
  });
});

test('what is set is taken', () => {
  const config = readConfig({
    PG_BIN: '/opt/pg/bin',
    DAYBREAK_CA_FILE: 'ca.pem',
    DAYBREAK_SCRATCH: '/mnt/scratch',
    DAYBREAK_EVIDENCE: '/mnt/evidence',
    DAYBREAK_POLL_INTERVAL: '300ms',
    DAYBREAK_SHUTDOWN_GRACE: '1h',
    PATH: '/usr/bin',
    SOMETHING_ELSE: 'is not ours',
  });
  expect(config).toEqual({
    pgBin: '/opt/pg/bin',
    caFile: 'ca.pem',
    scratch: '/mnt/scratch',
    evidence: '/mnt/evidence',
    pollIntervalMs: 300,
    shutdownGraceMs: 3_600_000,
    searchPath: '/usr/bin',
  });
});

test('all faults are told at once, each with variable, value, what was wanted and a way out', () => {
  const read = (): unknown =>
    readConfig({ DAYBREAK_POLL_INTERVAL: 'often', DAYBREAK_SCRATCH: '', DAYBREAK_EVIDENCE: 's3://bucket' });
  expect(read).toThrow(StartFailure);
  expect(read).toThrow(/DAYBREAK_POLL_INTERVAL="often": .*90s.*; set it right, or unset it/);
  expect(read).toThrow(/DAYBREAK_SCRATCH="": wanted a folder/);
  expect(read).toThrow(/DAYBREAK_EVIDENCE="s3:\/\/bucket": wanted a folder/);
});
