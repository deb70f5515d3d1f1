import { step, type Attempt } from './attempt.ts';
import { commitHandOver, type Verified } from './commit.ts';
import { closeTaker, raiseFence } from './fence.ts';
import { proveFence } from './fence-proof.ts';
import type { FencedSection } from './hand-over.ts';
import { openTaker } from './opening.ts';
import { pauseLimit } from './pause-limit.ts';
import { throwSwitches } from './throw-switches.ts';
import { armTimedReopening } from './timed-reopening.ts';
import { lockWrites } from './write-lock.ts';

/** What happens behind the proved fence, before the switches: the cutover copies and verifies, the rollback counts. */
export type BehindTheFence = (attempt: Attempt) => Promise<Verified>;

/** The fenced section of strategies whose copy outlasts what clients will wait: a durable fence that turns them away. */
export const durableSection =
  (behindTheFence: BehindTheFence): FencedSection =>
  async (attempt) => {
    const limit = pauseLimit(attempt);
    await step(attempt, 'arm timed reopening', () => armTimedReopening(attempt));
    await step(attempt, 'close the taking side', () => closeTaker(attempt));
    await step(attempt, 'fence', () => raiseFence(attempt));
    await using lock = await step(attempt, 'lock writes', () => lockWrites(attempt));
    const inside = { ...attempt, abort: AbortSignal.any([attempt.abort, lock.lost, limit]) };
    await step(inside, 'prove the fence', () => proveFence(inside));
    const verified = await behindTheFence(inside);
    await step(inside, 'switch', () => throwSwitches(inside));
    await step(inside, 'commit', () => commitHandOver(inside, lock, verified));
    await step(attempt, 'open', () => openTaker(attempt));
  };
