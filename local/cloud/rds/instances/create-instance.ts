import type { CreateDBInstanceMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed } from '../../protocol/handlers.ts';
import { openInstanceEndpoint } from '../endpoints.ts';
import { installedEngine, requestedEngine } from '../engines.ts';
import { findCluster } from '../find.ts';
import { groupFor } from '../parameters/groups.ts';
import { inRange, validDatabaseName, validIdentifier, validMasterUser } from '../rules.ts';
import { choosePassword, secretOf } from '../secrets.ts';
import type { ClusterRecord, InstanceRecord } from '../state.ts';
import { newStorage } from '../storage.ts';
import { validTags } from '../tags.ts';
import type { World } from '../world.ts';
import { memberClass, mustFitCluster } from './cluster-member-rules.ts';
import { validClass } from './instance-classes.ts';
import { instanceShape, recordedFrom, type NewInstance } from './instance-shape.ts';

/** CreateDBInstance: an instance of RDS for PostgreSQL, or a member of an Aurora cluster. */
export function createInstance(world: World, input: CreateDBInstanceMessage): Deed<'CreateDBInstance'> {
  const id = validIdentifier('DBInstanceIdentifier', input.DBInstanceIdentifier ?? '');
  if (world.state.instances[id]) throw new ApiError('DBInstanceAlreadyExistsFault', 'DB instance already exists');
  requestablePort(input.Port);
  return input.DBClusterIdentifier === undefined
    ? createStandalone(world, id, input)
    : joinCluster(world, id, input, findCluster(world, input.DBClusterIdentifier));
}

function createStandalone(world: World, id: string, input: CreateDBInstanceMessage): Deed<'CreateDBInstance'> {
  if (input.Engine === 'aurora-postgresql')
    throw new ApiError(
      'InvalidParameterCombination',
      'The engine aurora-postgresql requires that the parameter DBClusterIdentifier be specified.',
    );
  const engine = requestedEngine(world.engines, input.Engine, input.EngineVersion);
  if (input.AllocatedStorage === undefined)
    throw new ApiError(
      'InvalidParameterValue',
      'Invalid storage size for engine name postgres and storage type gp3: null',
    );
  const database = validDatabaseName('DBName', input.DBName);
  const password = choosePassword(input);
  const instance = recordOf(world, undefined, {
    id,
    engine,
    instanceClass: validClass('postgres', input.DBInstanceClass),
    masterUser: validMasterUser(input.MasterUsername, 'instance'),
    parameterGroup: groupFor(world, 'instance', engine, input.DBParameterGroupName),
    backupRetention: inRange('backup retention period', input.BackupRetentionPeriod ?? 1, [0, 35]),
    recorded: {
      ...recordedFrom(world, input),
      AllocatedStorage: inRange('AllocatedStorage', input.AllocatedStorage, [20, 65536]),
    },
    tags: validTags(input.Tags),
  });
  return async () => {
    world.state.instances[id] = instance;
    if (password.managed) instance.shape.MasterUserSecret = secretOf(world, id, instance.shape, password);
    instance.port = await openInstanceEndpoint(world, id, 0);
    world.begin({ point: 'instance.create', id, password: password.value, database });
    return { DBInstance: structuredClone(instance.shape) };
  };
}

function joinCluster(
  world: World,
  id: string,
  input: CreateDBInstanceMessage,
  cluster: ClusterRecord,
): Deed<'CreateDBInstance'> {
  mustFitCluster(input, cluster);
  const { shape } = cluster;
  if (world.direct && shape.DBClusterMembers.length > 0)
    throw new ApiError(
      'InvalidParameterCombination',
      `${shape.DBClusterIdentifier} has an instance; in a cloud started with --direct its endpoint cannot move to another`,
    );
  const engine = installedEngine(world.engines, shape);
  const recorded = { ...recordedFrom(world, input), ...fromCluster(cluster) };
  const instance = recordOf(world, cluster, {
    id,
    engine,
    instanceClass: memberClass(cluster, input.DBInstanceClass),
    masterUser: shape.MasterUsername,
    parameterGroup: groupFor(world, 'instance', engine, input.DBParameterGroupName),
    backupRetention: shape.BackupRetentionPeriod ?? 1,
    recorded,
    tags: validTags(input.Tags),
  });
  return async () => {
    const isFirst = shape.DBClusterMembers.length === 0;
    if (isFirst) instance.storage = cluster.storage;
    world.state.instances[id] = instance;
    shape.DBClusterMembers.push({
      DBInstanceIdentifier: id,
      IsClusterWriter: isFirst && shape.ReplicationSourceIdentifier === undefined,
      DBClusterParameterGroupStatus: 'in-sync',
      PromotionTier: recorded.PromotionTier ?? 1,
    });
    instance.port = await openInstanceEndpoint(world, id, 0);
    world.begin({ point: 'instance.join', id });
    return { DBInstance: structuredClone(instance.shape) };
  };
}

function fromCluster({ shape }: ClusterRecord): NewInstance['recorded'] {
  return {
    AllocatedStorage: 1,
    StorageEncrypted: shape.StorageEncrypted ?? false,
    StorageType: shape.StorageType ?? 'aurora',
    VpcSecurityGroups: shape.VpcSecurityGroups ?? [],
    ...(shape.DatabaseName === undefined ? {} : { DBName: shape.DatabaseName }),
    ...(shape.KmsKeyId === undefined ? {} : { KmsKeyId: shape.KmsKeyId }),
  };
}

function recordOf(world: World, cluster: ClusterRecord | undefined, made: NewInstance): InstanceRecord {
  return { shape: instanceShape(world, made, cluster), port: 0, storage: newStorage(), running: false, applied: {} };
}

/** The endpoint gets a port of its own, since all share one address; what was asked for must still be possible on AWS. */
export function requestablePort(port: number | undefined): void {
  if (port !== undefined) inRange('port', port, [1150, 65535]);
}
