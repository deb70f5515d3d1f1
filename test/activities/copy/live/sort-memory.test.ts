import { expect, test } from 'vitest';
import { sortMemoryKb } from '../../../../activities/copy/live/sort-memory.ts';

const [MB, GB] = [1024 ** 2, 1024 ** 3];
const memoryMb = (bytes: number, most = 1024): number => sortMemoryKb(bytes, most * 1024) / 1024;

test('an index is sorted in little memory, and in more where the runs could not be merged at once', () => {
  expect([0, 100 * MB, 4 * GB, 16 * GB, 64 * GB].map((bytes) => memoryMb(bytes))).toEqual([32, 32, 32, 64, 128]);
});

test('and never in more than a lane may take', () => {
  expect([100 * GB, 100_000 * GB].map((bytes) => memoryMb(bytes, 100))).toEqual([100, 100]);
});
