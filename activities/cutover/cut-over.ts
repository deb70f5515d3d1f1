import type { HandOverFacts } from '../../model/progress.ts';
import { traitsOf } from '../../model/strategy.ts';
import type { AttemptOrder } from './attempt.ts';
import { copyBehindTheFence } from './copy-behind-the-fence.ts';
import { durableSection } from './durable-section.ts';
import { handOverFrom, handOverWrites } from './hand-over.ts';
import { lockedSection } from './locked-section.ts';
import { physicalSection } from './physical-section.ts';
import { promotedCopy } from './promoted-copy.ts';
import { restoredCopy } from './restored-copy.ts';

/** Moves the writes from the source to the target, behind the fence that fits the plan's strategy. */
export function cutOver(order: AttemptOrder): Promise<HandOverFacts> {
  const { follows, target } = traitsOf(order.handOver.plan);
  if (follows) return handOverWrites(order, lockedSection);
  switch (target) {
    case 'replica':
      return handOverFrom(order, physicalSection(promotedCopy));
    case 'restored':
      return handOverFrom(order, physicalSection(restoredCopy));
    case 'empty':
      return handOverWrites(order, durableSection(copyBehindTheFence));
  }
}
