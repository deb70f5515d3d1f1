import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import { openClusterEndpoints } from '../endpoints.ts';
import { requestablePort } from '../instances/create-instance.ts';
import { validIdentifier } from '../rules.ts';
import type { ClusterShape } from '../state.ts';
import { newStorage } from '../storage.ts';
import type { World } from '../world.ts';

type Named = Pick<CreateDBClusterMessage, 'DBClusterIdentifier' | 'EngineMode' | 'Port'>;

/** The identifier of a cluster to be made. @throws ApiError when it is taken, or its mode or port is impossible. */
export function newClusterIdentifier(world: World, input: Named): string {
  const id = validIdentifier('DBClusterIdentifier', input.DBClusterIdentifier ?? '');
  if (world.state.clusters[id]) throw new ApiError('DBClusterAlreadyExistsFault', `DB Cluster already exists`);
  if (input.EngineMode !== undefined && input.EngineMode !== 'provisioned')
    throw new ApiError(
      'InvalidParameterValue',
      `The engine mode ${input.EngineMode} you requested is currently unavailable.`,
    );
  requestablePort(input.Port);
  return id;
}

/**
 * Enters a new cluster into the records and opens its endpoints; its data is the work that follows. On AWS an endpoint is made of the
 * cluster's name, account and region, so one that is made anew answers where its namesake did: here at the same port.
 */
export async function enterCluster(world: World, shape: ClusterShape): Promise<void> {
  const id = shape.DBClusterIdentifier;
  world.state.clusters[id] = { shape, storage: newStorage() };
  const { port, reader } = await openClusterEndpoints(world, id, world.state.clusterPorts[id] ?? 0);
  shape.Port = port;
  world.state.clusterPorts[id] = port;
  shape.ReaderEndpoint = reader;
}
