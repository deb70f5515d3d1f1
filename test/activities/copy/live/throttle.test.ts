import { expect, test } from 'vitest';
import { throttle } from '../../../../activities/copy/live/throttle.ts';

test('without a bound nobody waits', () => {
  expect(throttle(null).take(1e12)).toBe(0);
});

test('bytes are paid for in time, together for all who take', () => {
  let now = 1_000;
  const { take } = throttle(1_000_000, () => now);
  expect(take(1_000)).toBe(0);
  expect(take(99_000)).toBe(100);
  expect(take(100_000)).toBe(200);
  now += 150;
  expect(take(10_000)).toBe(60);
});

test('time that passed unused is not made up for', () => {
  let now = 0;
  const { take } = throttle(1_000, () => now);
  now += 60_000;
  expect(take(500)).toBe(500);
});
