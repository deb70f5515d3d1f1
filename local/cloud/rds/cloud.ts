import { endOrphan } from '../postgres/orphans.ts';
import type { Handler, Handlers, Op } from '../protocol/handlers.ts';
import { clusterHandlers } from './clusters/cluster-handlers.ts';
import { clusterWorks } from './clusters/cluster-works.ts';
import { replicaWorks } from './clusters/replica-works.ts';
import { restoreWorks } from './clusters/restore-works.ts';
import { aimEndpoints, openClusterEndpoints, openInstanceEndpoint } from './endpoints.ts';
import { engineVersionHandlers } from './engine-version-handlers.ts';
import { eventHandlers } from './event-handlers.ts';
import { instanceHandlers } from './instances/instance-handlers.ts';
import { relaunch, restartAfterDeath } from './instances/instance-server.ts';
import { instanceWorks } from './instances/instance-works.ts';
import { makeBegin } from './lifecycle.ts';
import { clusterGroupHandlers } from './parameters/cluster-group-handlers.ts';
import { instanceGroupHandlers } from './parameters/instance-group-handlers.ts';
import { clusterSnapshotHandlers } from './snapshots/cluster-snapshot-handlers.ts';
import { snapshotHandlers } from './snapshots/snapshot-handlers.ts';
import { snapshotWorks } from './snapshots/snapshot-works.ts';
import type { InstanceRecord } from './state.ts';
import { storageDir } from './storage.ts';
import { tagHandlers } from './tag-handlers.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

/** The RDS of one account and region: what its operations do, and the world they do it to. */
export type Rds = { readonly handlers: Handlers; readonly world: World };

/** Opens what is on disk in `root`: endpoints, servers, and the work that was under way. */
export async function openRds(options: WorldOptions): Promise<Rds> {
  const works = { ...instanceWorks, ...clusterWorks, ...replicaWorks, ...restoreWorks, ...snapshotWorks };
  const world: World = {
    ...(await openWorld(options)),
    begin: makeBegin(works, () => world),
    died: (storage) => restartAfterDeath(world, storage),
  };
  await bringBack(world);
  for (const job of world.state.jobs) world.begin(job);
  return { handlers: savingAfter(world, handlersOf(world)), world };
}

/** Every operation the local cloud has. */
export function handlersOf(world: World): Handlers {
  return {
    ...instanceHandlers(world),
    ...clusterHandlers(world),
    ...snapshotHandlers(world),
    ...clusterSnapshotHandlers(world),
    ...instanceGroupHandlers(world),
    ...clusterGroupHandlers(world),
    ...engineVersionHandlers(world),
    ...tagHandlers(world),
    ...eventHandlers(world),
  };
}

/** Stops every server cleanly. Work under way goes on when the cloud starts again. */
export async function closeRds(world: World): Promise<void> {
  world.stopping = true;
  await Promise.all([...world.servers.values()].map((server) => server.stop()));
  await Promise.all([...world.relays.values()].map((relay) => relay.close()));
  world.save();
}

/** Endpoints first, so that clients are refused rather than lost; then the servers that ran, each cluster's writer before its readers. */
async function bringBack(world: World): Promise<void> {
  const { instances, clusters } = world.state;
  for (const { shape } of Object.values(clusters))
    await openClusterEndpoints(world, shape.DBClusterIdentifier, shape.Port);
  for (const { shape, port } of Object.values(instances))
    await openInstanceEndpoint(world, shape.DBInstanceIdentifier, port);
  const storages = [...Object.values(instances), ...Object.values(clusters)].map(({ storage }) => storage);
  await Promise.all([...new Set(storages)].map((storage) => endOrphan(storageDir(world, storage))));
  const writers = new Set(Object.values(clusters).map(({ storage }) => storage));
  const running = Object.values(instances).filter((record) => record.running);
  const isWriter = (storage: string): boolean => writers.has(storage);
  await Promise.all(running.filter(({ storage }) => isWriter(storage)).map((record) => bringUp(world, record)));
  await Promise.all(running.filter(({ storage }) => !isWriter(storage)).map((record) => bringUp(world, record)));
  aimEndpoints(world);
}

/** One instance that cannot come back must not keep the others down. */
async function bringUp(world: World, record: InstanceRecord): Promise<void> {
  try {
    await relaunch(world, record);
  } catch (error) {
    console.error('bringing back', record.shape.DBInstanceIdentifier, error);
    record.shape.DBInstanceStatus = 'failed';
  }
}

/** What an operation changed is on disk before its answer is sent. */
function savingAfter(world: World, handlers: Handlers): Handlers {
  const saving = Object.entries(handlers).map(([name, handler]) => {
    const judge = handler as Handler<Op>;
    const wrapped = (input: Parameters<typeof judge>[0]) => {
      const deed = judge(input);
      return async () => {
        const output = await deed();
        if (!/^(Describe|List)/.test(name)) world.save();
        return output;
      };
    };
    return [name, wrapped];
  });
  return Object.fromEntries(saving) as Handlers;
}
