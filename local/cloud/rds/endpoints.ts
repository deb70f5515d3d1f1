import { lifelongPort } from '../postgres/listen-for-life.ts';
import { openRelay, type Relay } from '../postgres/relay.ts';
import type { ClusterRecord } from './state.ts';
import type { World } from './world.ts';

/** Where the servers of this machine listen for clients. */
export const ADDRESS = '127.0.0.1';
/** A cluster's two endpoints share a port, so the reader's needs an address of its own; not every system has this one. */
const READER_ADDRESS = '127.0.0.2';

/**
 * Opens the endpoint of an instance and returns its port, which it keeps for life; 0 asks for a new one. In a cloud without relays the
 * server itself will listen there: that of a cluster's writer at the cluster's port.
 */
export async function openInstanceEndpoint(world: World, id: string, port: number): Promise<number> {
  if (world.direct)
    return port || (clusterAt(world, world.state.instances[id]?.storage)?.Port ?? (await lifelongPort(ADDRESS)));
  const relay = await openRelay(port, ADDRESS);
  world.relays.set(instanceKey(id), relay);
  return relay.port;
}

/** Opens writer and reader endpoint of a cluster. The reader's is the writer's where the machine has one address only. */
export async function openClusterEndpoints(
  world: World,
  id: string,
  port: number,
): Promise<{ port: number; reader: string }> {
  if (world.direct) return { port: port || (await lifelongPort(ADDRESS)), reader: ADDRESS };
  const writer = await openRelay(port, ADDRESS);
  world.relays.set(writerKey(id), writer);
  try {
    world.relays.set(readerKey(id), await openRelay(writer.port, READER_ADDRESS));
    return { port: writer.port, reader: READER_ADDRESS };
  } catch {
    return { port: writer.port, reader: ADDRESS };
  }
}

export async function closeEndpoints(world: World, kind: 'instance' | 'cluster', id: string): Promise<void> {
  const keys = kind === 'instance' ? [instanceKey(id)] : [writerKey(id), readerKey(id)];
  for (const key of keys) {
    const relay = world.relays.get(key);
    world.relays.delete(key);
    await relay?.close();
  }
}

/** The relays in front of an instance or a cluster. */
export function relaysOf(world: World, id: string): Relay[] {
  return [instanceKey(id), writerKey(id), readerKey(id)]
    .map((key) => world.relays.get(key))
    .filter((relay) => relay !== undefined);
}

/** Points every endpoint at the server it stands for now. To be called whenever a server came, went or changed its role. */
export function aimEndpoints(world: World): void {
  for (const { shape, storage } of Object.values(world.state.instances))
    world.relays.get(instanceKey(shape.DBInstanceIdentifier))?.aim(portOn(world, storage));
  for (const cluster of Object.values(world.state.clusters)) {
    const id = cluster.shape.DBClusterIdentifier;
    const writer = portOn(world, cluster.storage);
    world.relays.get(writerKey(id))?.aim(writer);
    world.relays.get(readerKey(id))?.aim(readerPort(world, cluster) ?? writer);
  }
}

/** Where the server on a data directory has to listen; undefined: anywhere, since a relay stands before it. */
export function ownPort(world: World, storage: string): number | undefined {
  if (!world.direct) return undefined;
  const port = Object.values(world.state.instances).find((one) => one.storage === storage)?.port;
  return clusterAt(world, storage)?.Port ?? port;
}

const clusterAt = (world: World, storage: string | undefined): ClusterRecord['shape'] | undefined =>
  Object.values(world.state.clusters).find((one) => one.storage === storage)?.shape;

function readerPort(world: World, { shape }: ClusterRecord): number | undefined {
  for (const { DBInstanceIdentifier, IsClusterWriter } of shape.DBClusterMembers) {
    const reader = IsClusterWriter ? undefined : world.state.instances[DBInstanceIdentifier];
    const port = reader && portOn(world, reader.storage);
    if (port !== undefined) return port;
  }
  return undefined;
}

function portOn(world: World, storage: string): number | undefined {
  return world.servers.get(storage)?.openPort;
}

function instanceKey(id: string): string {
  return `instance ${id}`;
}
function writerKey(id: string): string {
  return `writer ${id}`;
}
function readerKey(id: string): string {
  return `reader ${id}`;
}
