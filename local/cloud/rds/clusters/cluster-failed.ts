import { note } from '../events.ts';
import { findCluster } from '../find.ts';
import type { World } from '../world.ts';

/** What is left of a cluster whose work broke. */
export function clusterFailed(world: World, { id }: { id: string }, status: string | undefined): void {
  findCluster(world, id).shape.Status = status ?? 'failed';
  note(world, 'db-cluster', id, `The DB cluster is in the state ${status ?? 'failed'}.`, ['failure']);
}
