import { writeCertificate, writeSettings } from '../../postgres/access.ts';
import { addAuroraVersion, makeRoles, setPassword } from '../../postgres/roles.ts';
import { closeEndpoints } from '../endpoints.ts';
import { installedEngine } from '../engines.ts';
import { note } from '../events.ts';
import { findCluster, findInstance } from '../find.ts';
import { startServer, stopServer } from '../instances/instance-server.ts';
import type { JobAt } from '../job.ts';
import { pace, type Works } from '../lifecycle.ts';
import { abandonClusterSnapshot, fillClusterSnapshot } from '../snapshots/take-cluster-snapshot.ts';
import type { ClusterRecord, InstanceRecord } from '../state.ts';
import { fillStorage, removeStorage, serverOn } from '../storage.ts';
import type { World } from '../world.ts';
import { clusterFailed } from './cluster-failed.ts';
import { letGo } from './let-go.ts';

type ClusterPoint = 'cluster.create' | 'cluster.modify' | 'cluster.stop' | 'cluster.start' | 'cluster.delete';

/** The work behind the cluster operations. */
export const clusterWorks: Pick<Works, ClusterPoint> = {
  'cluster.create': { run: create, failed: clusterFailed },
  'cluster.modify': { run: modify, failed: clusterFailed },
  'cluster.stop': {
    run: async (world, { id }) => {
      const { shape } = findCluster(world, id);
      for (const member of membersOf(world, shape).toReversed()) {
        await stopServer(world, member);
        member.shape.DBInstanceStatus = 'stopped';
      }
      shape.Status = 'stopped';
      note(world, 'db-cluster', id, 'DB cluster stopped', ['notification']);
    },
    failed: clusterFailed,
  },
  'cluster.start': {
    run: async (world, { id }) => {
      const { shape } = findCluster(world, id);
      for (const member of membersOf(world, shape)) {
        if (world.servers.get(member.storage)?.pid === undefined) await startServer(world, member);
        member.shape.DBInstanceStatus = 'available';
      }
      shape.Status = 'available';
      note(world, 'db-cluster', id, 'DB cluster started', ['notification']);
    },
    failed: clusterFailed,
  },
  'cluster.delete': {
    run: async (world, { id, finalSnapshot }) => {
      if (finalSnapshot !== undefined) await fillClusterSnapshot(world, finalSnapshot);
      const { shape, storage } = findCluster(world, id);
      await letGo(world, shape);
      await removeStorage(world, storage);
      await closeEndpoints(world, 'cluster', id);
      delete world.state.clusters[id];
      note(world, 'db-cluster', id, 'DB cluster deleted', ['deletion']);
    },
    failed: (world, { id, finalSnapshot }, status) => {
      if (finalSnapshot !== undefined) abandonClusterSnapshot(world, finalSnapshot);
      clusterFailed(world, { id }, status);
    },
  },
};

/** Fills the cluster's storage. Its server runs only while that is done: later ones are its instances'. */
async function create(world: World, { id, password, database }: JobAt<'cluster.create'>): Promise<void> {
  const cluster = findCluster(world, id);
  const { shape, storage } = cluster;
  const engine = installedEngine(world.engines, shape);
  const server = serverOn(world, storage, engine);
  await server.stop('immediate');
  await fillStorage(world, storage, engine);
  await writeCertificate(server.dir, await world.authority.issue());
  await writeSettings(server.dir, {});
  await server.start();
  await addAuroraVersion(server, engine.version);
  await makeRoles(server, engine.major, { user: shape.MasterUsername, password, database });
  await server.stop();
  shape.Status = 'available';
  note(world, 'db-cluster', id, 'DB cluster created', ['creation']);
}

async function modify(world: World, { id, changes, password }: JobAt<'cluster.modify'>): Promise<void> {
  const cluster = findCluster(world, id);
  const { shape } = cluster;
  // A deletion may have been asked for before this work began: its status stands, or the cluster could be deleted twice.
  if (shape.Status === 'deleting' || (Object.keys(changes).length === 0 && password === undefined)) return;
  shape.Status = password === undefined ? 'modifying' : 'resetting-master-credentials';
  await pace(world);
  if (password !== undefined) await changePassword(world, cluster, password);
  Object.assign(shape, changes);
  delete shape.PendingModifiedValues;
  shape.Status = 'available';
}

/** The password is data of the cluster. Without an instance no server runs, so one is started for this. */
async function changePassword(world: World, { shape, storage }: ClusterRecord, password: string): Promise<void> {
  const server = serverOn(world, storage, installedEngine(world.engines, shape));
  const idle = server.pid === undefined;
  if (idle) await server.start();
  await setPassword(server, shape.MasterUsername, password);
  if (idle) await server.stop();
}

/** Writer first: readers follow it. */
function membersOf(world: World, shape: ClusterRecord['shape']): InstanceRecord[] {
  return shape.DBClusterMembers.toSorted((a, b) => Number(b.IsClusterWriter) - Number(a.IsClusterWriter)).map(
    ({ DBInstanceIdentifier }) => findInstance(world, DBInstanceIdentifier),
  );
}
