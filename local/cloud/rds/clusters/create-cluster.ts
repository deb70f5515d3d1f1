import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed } from '../../protocol/handlers.ts';
import { requestedEngine } from '../engines.ts';
import { given } from '../instances/instance-shape.ts';
import { validDatabaseName, validMasterUser } from '../rules.ts';
import { choosePassword, secretOf } from '../secrets.ts';
import type { World } from '../world.ts';
import { clusterShape, type ClusterData } from './cluster-shape.ts';
import { createReplica } from './create-replica.ts';
import { enterCluster, newClusterIdentifier } from './enter-cluster.ts';

/** CreateDBCluster: an empty Aurora cluster, or one that follows an RDS instance. */
export function createCluster(world: World, input: CreateDBClusterMessage): Deed<'CreateDBCluster'> {
  const id = newClusterIdentifier(world, input);
  if (input.Engine === 'postgres')
    throw new ApiError(
      'InvalidParameterValue',
      'The local cloud has no Multi-AZ DB clusters: Engine must be aurora-postgresql.',
    );
  const { ReplicationSourceIdentifier: source } = input;
  return source === undefined ? createEmpty(world, id, input) : createReplica(world, id, input, source);
}

/** It has data from then on, and a server once it has an instance. */
function createEmpty(world: World, id: string, input: CreateDBClusterMessage): Deed<'CreateDBCluster'> {
  const engine = requestedEngine(world.engines, input.Engine, input.EngineVersion);
  const shape = clusterShape(world, { id, engine }, input, dataOf(input));
  const password = choosePassword(input);
  return async () => {
    await enterCluster(world, shape);
    if (password.managed) shape.MasterUserSecret = secretOf(world, id, shape, password);
    world.begin({ point: 'cluster.create', id, password: password.value, database: shape.DatabaseName });
    return { DBCluster: structuredClone(shape) };
  };
}

function dataOf(input: CreateDBClusterMessage): ClusterData {
  return {
    MasterUsername: validMasterUser(input.MasterUsername, 'cluster'),
    ...given('DatabaseName', validDatabaseName('DatabaseName', input.DatabaseName)),
    StorageEncrypted: input.StorageEncrypted ?? false,
    ...given('KmsKeyId', input.KmsKeyId),
  };
}
