import type { HandOverFacts } from '../../model/progress.ts';
import { followsBack } from '../../model/strategy.ts';
import { failure } from '../failure.ts';
import type { Attempt, AttemptOrder } from './attempt.ts';
import type { Verified } from './commit.ts';
import { durableSection } from './durable-section.ts';
import { handOverWrites } from './hand-over.ts';
import { lockedSection } from './locked-section.ts';
import { countChangesSinceOpening } from './row-changes.ts';

/**
 * The way back after the commit: the same hand-over with the sides exchanged. Where the source followed, nothing is lost. Where it did
 * not, or its feed was lost and the operator accepts that, what the target took since the opening stays there and is counted.
 */
export const rollBack = (order: AttemptOrder, acceptLoss: boolean): Promise<HandOverFacts> =>
  handOverWrites(
    order,
    followsBack({ strategy: order.handOver.plan.strategy, feedsBack: order.handOver.feedsBack }) && !acceptLoss
      ? lockedSection
      : durableSection((attempt) => countLoss(attempt, acceptLoss)),
  );

/** The target's sessions have ended, so its statistics are complete. */
async function countLoss({ giver }: Attempt, acceptLoss: boolean): Promise<Verified> {
  const writesLost = await countChangesSinceOpening(giver);
  if (writesLost !== 0 && !acceptLoss)
    throw failure(
      'LossNotAccepted',
      `${writesLost ?? 'an unknown number of'} row changes on the target would be lost; wanted none, or that the loss is accepted`,
    );
  return { tables: 0, rows: 0, writesLost };
}
