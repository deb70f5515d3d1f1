import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long, for they move whole databases or wait for real time-outs. Started last, one of them would run alone while the
 * other cores idle; vitest itself knows durations only from an earlier run, which a fresh clone has not had.
 */
export const LONG = [
  'test/local/demo/demo.test.ts',
  'test/chaos/',
  'test/scenarios/',
  'test/activities/cutover/',
  'test/local/cloud/',
  'test/worker/supervise.test.ts',
  'test/client/commands/',
  'test/workflows/cutover-unstarted.test.ts',
  'test/activities/copy/',
];

/** 0 for the first of {@link LONG}, and so on; those not named come last. */
export function rankOf(file: string): number {
  const rank = LONG.findIndex((long) => file.includes(long));
  return rank === -1 ? LONG.length : rank;
}

/** A class, for so vitest wants it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => rankOf(one.moduleId) - rankOf(other.moduleId));
  }
}
