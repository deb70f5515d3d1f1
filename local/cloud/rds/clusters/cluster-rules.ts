import { ApiError } from '../../protocol/errors.ts';
import type { ClusterRecord } from '../state.ts';

/** In these a cluster may be deleted; while work is under way the service refuses. */
const DELETABLE = new Set([
  'available',
  'failed',
  'migration-failed',
  'cloning-failed',
  'inaccessible-encryption-credentials',
]);

export function mustBeAvailableCluster({ shape }: ClusterRecord): void {
  if (shape.Status !== 'available')
    throw new ApiError(
      'InvalidDBClusterStateFault',
      `DB cluster ${shape.DBClusterIdentifier} is not in available state: it is ${shape.Status}.`,
    );
}

export function mustBeDeletableCluster({ shape }: ClusterRecord): void {
  const { DBClusterIdentifier: id, Status: status } = shape;
  if (shape.DeletionProtection === true)
    throw new ApiError(
      'InvalidParameterCombination',
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
    );
  if (shape.DBClusterMembers.length > 0)
    throw new ApiError(
      'InvalidDBClusterStateFault',
      'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    );
  if (!DELETABLE.has(status))
    throw new ApiError('InvalidDBClusterStateFault', `DB cluster ${id} cannot be deleted in the state ${status}.`);
}
