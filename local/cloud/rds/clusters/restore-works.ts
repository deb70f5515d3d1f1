import { writeCertificate, writeSettings } from '../../postgres/access.ts';
import { copyDirectory } from '../../postgres/copy.ts';
import { addAuroraVersion } from '../../postgres/roles.ts';
import { installedEngine } from '../engines.ts';
import { note } from '../events.ts';
import { findCluster, findClusterSnapshot, findSnapshot } from '../find.ts';
import type { JobAt } from '../job.ts';
import { inTurn, pace, type Works } from '../lifecycle.ts';
import type { ClusterRecord } from '../state.ts';
import { serverOn, storageDir } from '../storage.ts';
import type { World } from '../world.ts';
import { clusterFailed } from './cluster-failed.ts';

/** The work behind RestoreDBClusterFromSnapshot. Data of an RDS instance is migrated, data of a cluster only copied. */
export const restoreWorks: Pick<Works, 'cluster.restore'> = {
  'cluster.restore': {
    run: restore,
    failed: (world, job, status) =>
      clusterFailed(world, job, status ?? (job.from.kind === 'snapshot' ? 'migration-failed' : 'failed')),
  },
};

async function restore(world: World, { id, from }: JobAt<'cluster.restore'>): Promise<void> {
  const cluster = findCluster(world, id);
  const show = async (status: string): Promise<void> => {
    cluster.shape.Status = status;
    await pace(world);
  };
  if (from.kind === 'snapshot') await show('preparing-data-migration');
  await inTurn(world, `${from.kind} ${from.name}`, async () => {
    const find = from.kind === 'snapshot' ? findSnapshot : findClusterSnapshot;
    await serverOn(world, cluster.storage, installedEngine(world.engines, cluster.shape)).stop('immediate');
    await copyDirectory(storageDir(world, find(world, from.name).storage), storageDir(world, cluster.storage));
  });
  if (from.kind === 'snapshot') await show('migrating');
  await makeAurora(world, cluster);
  cluster.shape.Status = 'available';
  note(world, 'db-cluster', id, 'DB cluster created from a snapshot', ['creation']);
}

/** Runs a server on the data for a moment. Subscriptions in it stay asleep: they wake up with the first instance. */
async function makeAurora(world: World, { shape, storage }: ClusterRecord): Promise<void> {
  const engine = installedEngine(world.engines, shape);
  const server = serverOn(world, storage, engine);
  await writeCertificate(server.dir, await world.authority.issue());
  await writeSettings(server.dir, { max_logical_replication_workers: '0' });
  await server.start();
  await addAuroraVersion(server, engine.version);
  await server.stop();
}
