import { step, type Attempt } from './attempt.ts';
import { commitHandOver, type Verified } from './commit.ts';
import { behindDurableFence } from './durable-fence.ts';
import { closeTaker } from './fence.ts';
import type { FencedSection } from './hand-over.ts';
import { openTaker } from './opening.ts';
import { throwSwitches } from './throw-switches.ts';

/** What happens behind the proved fence, before the switches: the cutover copies and verifies, the rollback counts. */
export type BehindTheFence = (attempt: Attempt) => Promise<Verified>;

/** The fenced section of strategies whose copy outlasts what clients will wait: a durable fence that turns them away. */
export const durableSection =
  (behindTheFence: BehindTheFence): FencedSection =>
  async (attempt) => {
    await step(attempt, 'close the taking side', () => closeTaker(attempt));
    await behindDurableFence(attempt, async ({ abort }, lock) => {
      const inside = { ...attempt, abort };
      const verified = await behindTheFence(inside);
      await step(inside, 'switch', () => throwSwitches(inside));
      await step(inside, 'commit', () => commitHandOver(inside, lock, verified));
    });
    await step(attempt, 'open', () => openTaker(attempt));
  };
