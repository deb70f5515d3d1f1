import type { PromoteReadReplicaDBClusterMessage } from '@aws-sdk/client-rds';
import type { Deed } from '../../protocol/handlers.ts';
import { findCluster } from '../find.ts';
import type { World } from '../world.ts';
import { mustBePromotable } from './replica-rules.ts';

/** PromoteReadReplicaDBCluster: what was written on the source after the promotion began does not come any more. */
export function promoteCluster(
  world: World,
  { DBClusterIdentifier = '' }: PromoteReadReplicaDBClusterMessage,
): Deed<'PromoteReadReplicaDBCluster'> {
  const cluster = findCluster(world, DBClusterIdentifier);
  mustBePromotable(world, cluster);
  const { shape } = cluster;
  return () => {
    shape.Status = 'promoting';
    world.begin({ point: 'cluster.promote', id: shape.DBClusterIdentifier });
    return { DBCluster: structuredClone(shape) };
  };
}
