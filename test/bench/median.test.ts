import { expect, test } from 'vitest';
import { median } from '../../bench/median.ts';

test.each([
  [[7], 7],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (numbers, wanted) => {
  expect(median(numbers)).toBe(wanted);
});

test('of no numbers there is none', () => {
  expect(() => median([])).toThrow('no numbers');
});
