import type { ActivityName } from '../../workflows/policies.ts';
import type { World } from './fake-world.ts';

/** Meets the fault that waits at this place, if there is one. */
export async function strike(world: World, name: ActivityName, when: 'before' | 'after' | 'inside'): Promise<void> {
  const fault = world.faults.get(name);
  if (fault === undefined || fault.when !== when || fault.times === 0) return;
  fault.times -= 1;
  await fault.strike();
}
