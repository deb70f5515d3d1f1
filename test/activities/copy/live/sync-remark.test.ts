import { expect, test } from 'vitest';
import { syncRemark } from '../../../../activities/copy/live/sync-remark.ts';

const COMES = "the rest comes by PostgreSQL's own table sync, 2 at a time";

test.each([
  ['keeps to the plan', { jobs: 2, bytesPerSecond: null }, COMES],
  [
    'has other workers than the plan has jobs',
    { jobs: 8, bytesPerSecond: null },
    `${COMES} (copy.jobs is 8; max_sync_workers_per_subscription of the target decides)`,
  ],
  [
    'knows no bound of bytes',
    { jobs: 2, bytesPerSecond: 1_000_000 },
    `${COMES}, which copy.bytesPerSecond does not bound`,
  ],
])('people are told that a table sync %s', (_, bounds, words) => {
  expect(syncRemark(2, bounds)).toBe(words);
});
