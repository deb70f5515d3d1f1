import { ApiError } from '../protocol/errors.ts';
import { identifierIn } from './arn.ts';
import type { ClusterRecord, ClusterSnapshotRecord, InstanceRecord, SnapshotRecord } from './state.ts';
import type { World } from './world.ts';

/** Each takes an identifier in any case, or an ARN, and throws the service's own "not found". */
export function findInstance(world: World, given: string): InstanceRecord {
  const record = world.state.instances[identifierIn(world, 'db', given)];
  if (!record) throw new ApiError('DBInstanceNotFoundFault', `DBInstance ${given} not found.`);
  return record;
}

export function findCluster(world: World, given: string): ClusterRecord {
  const record = world.state.clusters[identifierIn(world, 'cluster', given)];
  if (!record) throw new ApiError('DBClusterNotFoundFault', `DBCluster ${given} not found.`);
  return record;
}

export function findSnapshot(world: World, given: string): SnapshotRecord {
  const record = world.state.snapshots[identifierIn(world, 'snapshot', given)];
  if (!record) throw new ApiError('DBSnapshotNotFoundFault', `DBSnapshot ${given} not found.`);
  return record;
}

export function findClusterSnapshot(world: World, given: string): ClusterSnapshotRecord {
  const record = world.state.clusterSnapshots[identifierIn(world, 'cluster-snapshot', given)];
  if (!record) throw new ApiError('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot ${given} not found.`);
  return record;
}
