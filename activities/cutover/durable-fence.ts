import { step, type GiverHeld } from './attempt.ts';
import { raiseFence } from './fence.ts';
import { proveFence } from './fence-proof.ts';
import { pauseLimit } from './pause-limit.ts';
import { armTimedReopening } from './timed-reopening.ts';
import { lockWrites, type WriteLock } from './write-lock.ts';

/**
 * Turns clients away, proves that nobody writes, and does `deed` while that holds: with an attempt that is aborted when the lock is
 * lost or the pause used up. Needs the giving side only; where the taking side stands already it is closed first.
 */
export async function behindDurableFence(
  held: GiverHeld,
  deed: (inside: GiverHeld, lock: WriteLock) => Promise<void>,
  closeTheTaker: () => Promise<void> = async () => undefined,
): Promise<void> {
  const limit = pauseLimit(held);
  await step(held, 'arm timed reopening', () => armTimedReopening(held));
  await closeTheTaker();
  await step(held, 'fence', () => raiseFence(held));
  await using lock = await step(held, 'lock writes', () => lockWrites(held));
  const inside = { ...held, abort: AbortSignal.any([held.abort, lock.lost, limit]) };
  await step(inside, 'prove the fence', () => proveFence(inside));
  await deed(inside, lock);
}
