import type { HandOverFacts } from '../../model/progress.ts';
import { copyBehindTheFence } from './copy-behind-the-fence.ts';
import type { AttemptOrder } from './attempt.ts';
import { durableSection } from './durable-section.ts';
import { handOverWrites } from './hand-over.ts';
import { lockedSection } from './locked-section.ts';

/** Moves the writes from the source to the target, behind the fence that fits the plan's strategy. */
export const cutOver = (order: AttemptOrder): Promise<HandOverFacts> =>
  handOverWrites(
    order,
    order.handOver.plan.strategy === 'blue-green' ? lockedSection : durableSection(copyBehindTheFence),
  );
