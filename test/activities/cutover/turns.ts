import type { Stage } from './stage.ts';

/** What becomes of a stage between two tests. A reset costs more than most tests: none is made where the world is as it was. */
export interface Turns {
  /** Said last by a test that leaves the source writing, and the target ready for a hand-over: the next test begins there. */
  goesOn(): void;
  /** After each test: resets the stage unless the test said so. Answers whether it did. */
  end(): Promise<boolean>;
}

export function turnsOn(stage: Pick<Stage, 'reset'>): Turns {
  let usable = false;
  return {
    goesOn: () => {
      usable = true;
    },
    end: async () => {
      const isReset = !usable;
      usable = false;
      if (isReset) await stage.reset();
      return isReset;
    },
  };
}
