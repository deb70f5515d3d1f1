import { identifierIn } from '../arn.ts';
import type { ClusterShape, InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';

/** The physical slot on the source by which it keeps what a replica cluster has not had yet. */
export function slotFor({ DbClusterResourceId }: ClusterShape): string {
  return `rds_${DbClusterResourceId.toLowerCase().replaceAll('-', '_')}`;
}

/** The instance a cluster is a replica of. */
export function followedBy(
  world: World,
  { ReplicationSourceIdentifier: arn }: ClusterShape,
): InstanceRecord | undefined {
  return arn === undefined ? undefined : world.state.instances[identifierIn(world, 'db', arn)];
}
