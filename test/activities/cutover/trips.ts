import { expect } from 'vitest';
import type { AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { cutOver } from '../../../activities/cutover/cut-over.ts';
import { rollBack } from '../../../activities/cutover/roll-back.ts';
import { dropTracker } from '../../../activities/verification/live/drop-tracker.ts';
import { trackedVerdict } from '../../../activities/verification/live/tracked-verdict.ts';
import type { HandOverFacts } from '../../../model/progress.ts';
import { nextAttempt } from './attempts.ts';
import { compareAll } from './following-stage.ts';
import { MIGRATION, type Stage } from './stage.ts';
import { turnsOn, type Turns } from './turns.ts';

/** Hand-overs that follow each other on one stage, each of its own name and under a token above all before, as the workflow makes them. */
export interface Trips extends Turns {
  there(change?: Partial<AttemptOrder>): Promise<HandOverFacts>;
  back(change?: Partial<AttemptOrder>): Promise<HandOverFacts>;
}

export function tripsOn(stage: Stage): Trips {
  const { clients, source, target } = stage.pair;
  const turns = turnsOn(stage);
  /** Every row, since the source is tracked: an attempt compares what changed since. */
  let compared = false;
  const next = (change: Partial<AttemptOrder>): AttemptOrder => {
    const { handOver, token } = nextAttempt(stage);
    return stage.order(handOver, token, change);
  };
  /** As the workflow does it on the side that gave its writes away; the slot has to be there and gone afterwards. */
  const endTracking = async (side: 'source' | 'target'): Promise<void> => {
    expect(await dropTracker(clients)({ migration: MIGRATION, side: stage.pair[side] })).toBe('undone');
  };
  return {
    there: async (change = {}) => {
      if (!compared) await compareAll(stage, 'source-to-target');
      compared = true;
      const facts = await cutOver(next(change));
      await endTracking('source');
      compared = false;
      return facts;
    },
    back: async (change = {}) => {
      const sides = { migration: MIGRATION, source, target };
      expect(await trackedVerdict(clients, sides, new AbortController().signal)).toMatchObject({ differences: 0 });
      const facts = await rollBack(next({ direction: 'target-to-source', ...change }), false);
      await endTracking('target');
      return facts;
    },
    goesOn: () => turns.goesOn(),
    end: async () => {
      const isReset = await turns.end();
      if (isReset) compared = false;
      return isReset;
    },
  };
}
