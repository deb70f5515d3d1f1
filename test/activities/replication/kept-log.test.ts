import { describe, expect, test } from 'vitest';
import { logTrouble } from '../../../activities/replication/kept-log.ts';

const GB = 1024 ** 3;
const bounds = { maxRetainedWal: 20 * GB, minFreeStorage: 2 * GB };

describe('what the source keeps for the target', () => {
  test.each([
    ['nothing', 0, 100 * GB],
    ['little, on a disk that is full of other things', 255 * 1024 ** 2, 0],
    ['less than half of what it may, on a disk nobody knows', 10 * GB, null],
  ])('is no trouble: %s', (_, retainedBytes, freeBytes) => {
    expect(logTrouble({ retainedBytes, freeBytes }, bounds)).toEqual({ stops: null, trouble: null });
  });

  test.each([
    [
      11 * GB,
      100 * GB,
      'the source keeps more than 10 GB of its log for the target; past 20 GB this run undoes itself',
    ],
    [1 * GB, 3 * GB, 'the source has less than 4 GB of storage left, as reckoned; below 2 GB this run undoes itself'],
  ])('is told before it is too much: %d bytes kept, %d free', (retainedBytes, freeBytes, trouble) => {
    expect(logTrouble({ retainedBytes, freeBytes }, bounds)).toEqual({ stops: null, trouble });
  });

  test.each([
    [21 * GB, null, 'the source keeps more than 20 GB of its log for the target (replication.maxRetainedWal)'],
    [
      1 * GB,
      1 * GB,
      'the source has less than 2 GB of storage left, as reckoned, and keeps log for the target (replication.minFreeStorage)',
    ],
  ])('stops the run: %d bytes kept, %s free', (retainedBytes, freeBytes, stops) => {
    expect(logTrouble({ retainedBytes, freeBytes }, bounds)).toEqual({ stops, trouble: stops });
  });
});
