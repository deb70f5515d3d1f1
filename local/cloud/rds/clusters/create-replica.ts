import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import type { Deed } from '../../protocol/handlers.ts';
import { given } from '../instances/instance-shape.ts';
import type { World } from '../world.ts';
import { clusterShape } from './cluster-shape.ts';
import { enterCluster } from './enter-cluster.ts';
import { replicaSource } from './replica-rules.ts';

/**
 * CreateDBCluster with `ReplicationSourceIdentifier`: an Aurora read replica of an RDS instance. Master user, password
 * and databases are the source's; it follows the source once it has its one instance.
 */
export function createReplica(
  world: World,
  id: string,
  input: CreateDBClusterMessage,
  arn: string,
): Deed<'CreateDBCluster'> {
  const { source, engine } = replicaSource(world, input, arn);
  const { MasterUsername, DBName, StorageEncrypted, KmsKeyId, DBInstanceArn } = source.shape;
  const shape = clusterShape(world, { id, engine }, input, {
    MasterUsername,
    ...given('DatabaseName', DBName),
    StorageEncrypted: input.StorageEncrypted ?? StorageEncrypted ?? false,
    ...given('KmsKeyId', input.KmsKeyId ?? KmsKeyId),
    ReplicationSourceIdentifier: DBInstanceArn,
  });
  return async () => {
    await enterCluster(world, shape);
    source.shape.ReadReplicaDBClusterIdentifiers = [id];
    world.begin({ point: 'cluster.replicate', id });
    return { DBCluster: structuredClone(shape) };
  };
}
