import type { RestoreDBClusterFromSnapshotMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed } from '../../protocol/handlers.ts';
import { parseArn } from '../arn.ts';
import { mustTakeOver, requestedEngine } from '../engines.ts';
import { findClusterSnapshot, findSnapshot } from '../find.ts';
import { given } from '../instances/instance-shape.ts';
import type { JobAt } from '../job.ts';
import type { World } from '../world.ts';
import { clusterShape, type ClusterData } from './cluster-shape.ts';
import { enterCluster, newClusterIdentifier } from './enter-cluster.ts';

/**
 * RestoreDBClusterFromSnapshot: a cluster with the data of a snapshot, master user and password included. Its API
 * reference: a cluster snapshot by name or ARN, a DB snapshot by ARN only.
 */
export function restoreCluster(
  world: World,
  input: RestoreDBClusterFromSnapshotMessage,
): Deed<'RestoreDBClusterFromSnapshot'> {
  const id = newClusterIdentifier(world, input);
  if (input.Engine !== 'aurora-postgresql')
    throw new ApiError(
      'InvalidParameterCombination',
      `The snapshot is of PostgreSQL data and cannot be restored with the engine ${input.Engine}.`,
    );
  const { from, version, data } = snapshotFor(world, input.SnapshotIdentifier ?? '');
  const engine = requestedEngine(world.engines, input.Engine, input.EngineVersion);
  mustTakeOver(engine, version);
  const { KmsKeyId } = input;
  const shape = clusterShape(world, { id, engine }, input, {
    ...data,
    ...(KmsKeyId === undefined ? {} : { KmsKeyId, StorageEncrypted: true }),
  });
  return async () => {
    await enterCluster(world, shape);
    world.begin({ point: 'cluster.restore', id, from });
    return { DBCluster: structuredClone(shape) };
  };
}

type Found = {
  readonly from: JobAt<'cluster.restore'>['from'];
  readonly version: string;
  readonly data: ClusterData;
};

function snapshotFor(world: World, named: string): Found {
  return named.startsWith('arn:') && parseArn(world, named).kind === 'snapshot'
    ? ofInstance(world, named)
    : ofCluster(world, named);
}

function ofInstance(world: World, arn: string): Found {
  const { shape } = findSnapshot(world, arn);
  if (shape.Status !== 'available')
    throw new ApiError('InvalidDBSnapshotStateFault', `DB snapshot ${arn} is not available: it is ${shape.Status}.`);
  const { DBSnapshotIdentifier: name, EngineVersion, MasterUsername = '', Encrypted = false, KmsKeyId } = shape;
  return {
    from: { kind: 'snapshot', name },
    version: EngineVersion ?? '',
    data: { MasterUsername, StorageEncrypted: Encrypted, ...given('KmsKeyId', KmsKeyId) },
  };
}

function ofCluster(world: World, named: string): Found {
  const { shape } = findClusterSnapshot(world, named);
  if (shape.Status !== 'available')
    throw new ApiError(
      'InvalidDBClusterSnapshotStateFault',
      `DB cluster snapshot ${named} is not available: it is ${shape.Status}.`,
    );
  const { DBClusterSnapshotIdentifier: name, EngineVersion, MasterUsername = '', StorageEncrypted = false } = shape;
  return {
    from: { kind: 'cluster-snapshot', name },
    version: EngineVersion ?? '',
    data: { MasterUsername, StorageEncrypted, ...given('KmsKeyId', shape.KmsKeyId) },
  };
}
