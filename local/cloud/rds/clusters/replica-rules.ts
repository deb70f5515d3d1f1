import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import { parseArn } from '../arn.ts';
import { mustTakeOver, requestedEngine, type Engine } from '../engines.ts';
import { findInstance } from '../find.ts';
import { mustBeAvailable } from '../instances/instance-rules.ts';
import type { ClusterRecord, InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';
import { mustBeAvailableCluster } from './cluster-rules.ts';

/** A replica has them from its source. */
const INHERITED = ['MasterUsername', 'MasterUserPassword', 'ManageMasterUserPassword', 'DatabaseName'] as const;

/**
 * The instance a new replica cluster is to follow, and its engine. Aurora User Guide, "Migrating data from an RDS for
 * PostgreSQL DB instance to an Aurora PostgreSQL DB cluster using an Aurora read replica": same major version and a
 * minor not lower, one Aurora replica for each instance. @throws ApiError
 */
export function replicaSource(
  world: World,
  input: CreateDBClusterMessage,
  arn: string,
): { source: InstanceRecord; engine: Engine } {
  if (!arn.startsWith('arn:') || parseArn(world, arn).kind !== 'db')
    throw new ApiError('InvalidParameterValue', `ReplicationSourceIdentifier must be the ARN of a DB instance: ${arn}`);
  const source = findInstance(world, arn);
  const { shape } = source;
  const inherited = INHERITED.find((parameter) => input[parameter] !== undefined);
  if (inherited !== undefined)
    throw new ApiError(
      'InvalidParameterCombination',
      `${inherited} can not be specified for a read replica; it is inherited from the source.`,
    );
  if (shape.Engine !== 'postgres')
    throw new ApiError(
      'InvalidParameterValue',
      `Source ${shape.DBInstanceIdentifier} is no RDS for PostgreSQL DB instance.`,
    );
  mustBeAvailable(source);
  mustBeCopyable(source);
  if (shape.StorageEncrypted === true && input.StorageEncrypted === false)
    throw new ApiError('InvalidParameterCombination', 'A read replica of an encrypted source must be encrypted.');
  const engine = requestedEngine(world.engines, input.Engine, input.EngineVersion);
  mustTakeOver(engine, shape.EngineVersion);
  return { source, engine };
}

function mustBeCopyable({ shape }: InstanceRecord): void {
  const { DBInstanceIdentifier: id, BackupRetentionPeriod: retention } = shape;
  if (retention === 0)
    throw new ApiError('InvalidDBInstanceStateFault', `Automated backups are not enabled for DB instance ${id}.`);
  const { ReadReplicaDBClusterIdentifiers: replicas = [] } = shape;
  if (replicas.length > 0)
    throw new ApiError('InvalidDBInstanceStateFault', `DB instance ${id} already has an Aurora read replica.`);
}

/** @throws ApiError when the cluster follows another and cannot do `deed` before it is promoted. */
export function mustNotBeReplica({ shape }: ClusterRecord, deed: string): void {
  if (shape.ReplicationSourceIdentifier !== undefined)
    throw new ApiError(
      'InvalidDBClusterStateFault',
      `DB cluster ${shape.DBClusterIdentifier} is a read replica and cannot ${deed} before it is promoted.`,
    );
}

/** @throws ApiError unless the cluster follows a source and its instance is up. */
export function mustBePromotable(world: World, cluster: ClusterRecord): void {
  mustBeAvailableCluster(cluster);
  const { DBClusterIdentifier: id, ReplicationSourceIdentifier: source, DBClusterMembers: members } = cluster.shape;
  if (source === undefined)
    throw new ApiError('InvalidDBClusterStateFault', `DB cluster ${id} is not a read replica cluster.`);
  const [member] = members;
  if (!member)
    throw new ApiError('InvalidDBClusterStateFault', `DB cluster ${id} has no DB instance that could be promoted.`);
  mustBeAvailable(findInstance(world, member.DBInstanceIdentifier));
}
