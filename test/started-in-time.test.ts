import { expect, test } from 'vitest';
import { startedInTime } from './started-in-time.ts';

const LATE = new Error('ephemeral server at 127.0.0.1:1 did not start within 5s');

/** Answers with how often it was tried. */
async function triesUntil(...failures: readonly Error[]): Promise<number> {
  let tries = 0;
  await startedInTime(async () => {
    const failed = failures[tries];
    tries += 1;
    if (failed !== undefined) throw failed;
  }).catch(() => undefined);
  return tries;
}

test('a server that came up too late is started again, three times in all', async () => {
  expect(await triesUntil()).toBe(1);
  expect(await triesUntil(LATE)).toBe(2);
  expect(await triesUntil(LATE, LATE, LATE, LATE)).toBe(3);
  await expect(startedInTime(() => Promise.reject(LATE))).rejects.toBe(LATE);
});

test('a server that cannot be started is not started again', async () => {
  expect(await triesUntil(new Error('no such file'))).toBe(1);
});
