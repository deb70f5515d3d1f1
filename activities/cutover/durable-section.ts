import { step, type Attempt, type GiverHeld } from './attempt.ts';
import { armsWayBack, armWayBack, seeWayBack } from './arm-way-back.ts';
import { commitHandOver, type Verified } from './commit.ts';
import { behindDurableFence } from './durable-fence.ts';
import { closeTaker, endClientsLeft } from './fence.ts';
import type { FencedSection } from './hand-over.ts';
import { openTaker } from './opening.ts';
import { throwSwitches } from './throw-switches.ts';
import type { WriteLock } from './write-lock.ts';

/** What happens behind the proved fence, before the switches: the cutover copies and verifies, the rollback counts. */
export type BehindTheFence = (attempt: Attempt) => Promise<Verified>;

/** The fenced section of strategies whose copy outlasts what clients will wait: a durable fence that turns them away. */
export const durableSection =
  (behindTheFence: BehindTheFence): FencedSection =>
  async (attempt) => {
    const arms = attempt.direction === 'source-to-target' && armsWayBack(attempt);
    const closeTheTaker = (): Promise<void> => step(attempt, 'close the taking side', () => closeTaker(attempt));
    const handOver = async ({ abort }: GiverHeld, lock: WriteLock): Promise<void> => {
      const inside = { ...attempt, abort };
      const verified = await behindTheFence(inside);
      if (arms) await step(inside, 'arm the way back', () => armWayBack(inside));
      await step(inside, 'switch', () => throwSwitches(inside));
      await step(inside, 'commit', () => commitHandOver(inside, lock, verified));
    };
    await behindDurableFence(attempt, handOver, closeTheTaker);
    await step(attempt, 'open', () => openTaker(attempt));
    await endClientsLeft(attempt);
    if (arms) await step(attempt, 'see the way back', () => seeWayBack(attempt));
  };
