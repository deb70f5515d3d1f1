import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LONG, rankOf } from './longest-first.ts';

test('the files known to take long come before all others', () => {
  const files = ['test/model/size.test.ts', 'test/scenarios/crashes.test.ts', 'test/local/demo/demo.test.ts'];
  expect(files.toSorted((one, other) => rankOf(one) - rankOf(other))).toEqual(files.toReversed());
});

test('and each of them is there', () => {
  expect(LONG.filter((path) => !existsSync(path))).toEqual([]);
});
