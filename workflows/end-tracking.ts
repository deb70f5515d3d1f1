import { sides, type Migration } from './migration.ts';
import { skippableStep } from './step.ts';

/**
 * Ends the tracker that the cutover, or a comparison before a way back, left on the target: where nobody reads it any more its slot
 * would keep the target's log until the disk is full.
 */
export async function endTrackingOnTarget(m: Migration): Promise<void> {
  if (!m.trackedOnTarget) return;
  await skippableStep(m, 'dropTracker', `end the comparison on ${m.input.plan.target.cluster}`, {
    migration: m.id,
    side: sides(m).target,
  });
  m.trackedOnTarget = false;
}
