import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed } from '../../protocol/handlers.ts';
import { openClusterEndpoints } from '../endpoints.ts';
import { requestedEngine } from '../engines.ts';
import { requestablePort } from '../instances/create-instance.ts';
import { validIdentifier } from '../rules.ts';
import { choosePassword, secretOf } from '../secrets.ts';
import { newStorage } from '../storage.ts';
import type { World } from '../world.ts';
import { clusterShape } from './cluster-shape.ts';

/** CreateDBCluster: an empty Aurora cluster. It has data from then on, and a server once it has an instance. */
export function createCluster(world: World, input: CreateDBClusterMessage): Deed<'CreateDBCluster'> {
  const id = validIdentifier('DBClusterIdentifier', input.DBClusterIdentifier ?? '');
  if (world.state.clusters[id]) throw new ApiError('DBClusterAlreadyExistsFault', `DB Cluster already exists`);
  if (input.Engine === 'postgres')
    throw new ApiError(
      'InvalidParameterValue',
      'The local cloud has no Multi-AZ DB clusters: Engine must be aurora-postgresql.',
    );
  if (input.EngineMode !== undefined && input.EngineMode !== 'provisioned')
    throw new ApiError(
      'InvalidParameterValue',
      `The engine mode ${input.EngineMode} you requested is currently unavailable.`,
    );
  requestablePort(input.Port);
  const engine = requestedEngine(world.engines, input.Engine, input.EngineVersion);
  const shape = clusterShape(world, id, engine, input);
  const password = choosePassword(input);
  return async () => {
    world.state.clusters[id] = { shape, storage: newStorage() };
    if (password.managed) shape.MasterUserSecret = secretOf(world, id, shape, password);
    const { port, reader } = await openClusterEndpoints(world, id, 0);
    shape.Port = port;
    shape.ReaderEndpoint = reader;
    world.begin({ point: 'cluster.create', id, password: password.value, database: shape.DatabaseName });
    return { DBCluster: structuredClone(shape) };
  };
}
