import { expect, test } from 'vitest';
import { readPgbenchLog } from '../../../bench/cutover/pgbench-log.ts';

/** As pgbench 15 writes it with `--log --rate`, of two clients. */
const LOG = `1 0 4120 0 1700000000 250000 12
0 0 3000 0 1700000000 100000 0
0 0 failed 0 1700000000 300000 0
0 1 2500 0 1700000000 400500 7
`;

test('a log of pgbench tells each acknowledged transaction, in the order of the answers, and its number at its client', () => {
  expect(readPgbenchLog(LOG).acknowledged).toEqual([
    { client: 0, number: 1, atMs: 1_700_000_000_100, tookMs: 3 },
    { client: 1, number: 1, atMs: 1_700_000_000_250, tookMs: 4.12 },
    { client: 0, number: 3, atMs: 1_700_000_000_400.5, tookMs: 2.5 },
  ]);
});

test('a failed transaction is told with its moment, and takes a number', () => {
  expect(readPgbenchLog(LOG).failed).toEqual([
    { atMs: 1_700_000_000_300, message: 'transaction 2 of client 0: failed' },
  ]);
});

test('a line that was cut short is refused', () => {
  expect(() => readPgbenchLog('0 1 2500')).toThrow('no line of a pgbench log: 0 1 2500');
});
