import { ApiError } from '../../protocol/errors.ts';
import type { InstanceRecord } from '../state.ts';

/** Nothing but these may be deleted; while work is under way the service refuses. */
const DELETABLE = new Set([
  'available',
  'stopped',
  'storage-full',
  'storage-optimization',
  'failed',
  'incompatible-parameters',
  'incompatible-network',
  'incompatible-restore',
  'inaccessible-encryption-credentials',
  'restore-error',
]);
/** In these a final snapshot is impossible, so the deletion has to do without (DeleteDBInstance, API reference). */
const BROKEN = new Set(['failed', 'incompatible-restore', 'incompatible-network', 'incompatible-parameters']);

export function mustBeAvailable({ shape }: InstanceRecord): void {
  if (shape.DBInstanceStatus !== 'available')
    throw new ApiError(
      'InvalidDBInstanceStateFault',
      `Database instance is not in available state: ${shape.DBInstanceIdentifier} is ${shape.DBInstanceStatus}.`,
    );
}

/** CreateDBSnapshot, API reference: the instance must be `available` or `storage-optimization`. */
export function mustAllowSnapshot({ shape }: InstanceRecord): void {
  if (shape.DBInstanceStatus !== 'available' && shape.DBInstanceStatus !== 'storage-optimization')
    throw new ApiError(
      'InvalidDBInstanceStateFault',
      `Cannot create a snapshot because the database instance ${shape.DBInstanceIdentifier} is not currently in the available state.`,
    );
}

export function mustBeDeletable({ shape }: InstanceRecord, finalSnapshot: string | undefined): void {
  const { DBInstanceIdentifier: id, DBInstanceStatus: status } = shape;
  if (shape.DeletionProtection === true)
    throw new ApiError(
      'InvalidParameterCombination',
      'Cannot delete protected DB Instance, please disable deletion protection and try again.',
    );
  if (status === 'deleting')
    throw new ApiError('InvalidDBInstanceStateFault', `Instance ${id} is already being deleted.`);
  if (!DELETABLE.has(status) || (status === 'stopped' && shape.DBClusterIdentifier !== undefined))
    throw new ApiError('InvalidDBInstanceStateFault', `Instance ${id} cannot be deleted in the state ${status}.`);
  if (finalSnapshot !== undefined && BROKEN.has(status))
    throw new ApiError(
      'InvalidDBInstanceStateFault',
      `Cannot create a final snapshot of ${id} in the state ${status}.`,
    );
}

/** @throws ApiError when a read replica lives on the instance (StopDBInstance, user guide; for deletions undocumented). */
export function mustFeedNobody({ shape }: InstanceRecord, what: string): void {
  const { DBInstanceIdentifier: id, ReadReplicaDBClusterIdentifiers: replicas = [] } = shape;
  if (replicas.length > 0)
    throw new ApiError(
      'InvalidDBInstanceStateFault',
      `DB instance ${id} cannot be ${what}: it has the read replica ${replicas.join(', ')}.`,
    );
}

/** StopDBInstance and StartDBInstance are for RDS; Aurora stops and starts whole clusters. */
export function mustBeStandalone({ shape }: InstanceRecord, verb: string): void {
  if (shape.DBClusterIdentifier !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `aurora-postgresql DB instances are not eligible for ${verb}ing individually; ${verb} the DB cluster.`,
    );
}
