import { join } from 'node:path';
import { copyRunning } from '../../postgres/copy.ts';
import { addAuroraVersion } from '../../postgres/roles.ts';
import { writeOwned } from '../../postgres/server-files.ts';
import { aimEndpoints } from '../endpoints.ts';
import { installedEngine } from '../engines.ts';
import { note } from '../events.ts';
import { findCluster, findInstance } from '../find.ts';
import { applySettings, serverOf } from '../instances/instance-server.ts';
import type { JobAt } from '../job.ts';
import { inTurn, type Works } from '../lifecycle.ts';
import { storageDir } from '../storage.ts';
import type { World } from '../world.ts';
import { clusterFailed } from './cluster-failed.ts';
import { letGo } from './let-go.ts';
import { followedBy, slotFor } from './replica-source.ts';

/** The work behind read replicas of RDS instances. */
export const replicaWorks: Pick<Works, 'cluster.replicate' | 'cluster.promote'> = {
  'cluster.replicate': { run: replicate, failed: clusterFailed },
  'cluster.promote': { run: promote, failed: clusterFailed },
};

/** The slot comes before the copy: the source keeps all that is written until the replica has it, instance or not. */
async function replicate(world: World, { id }: JobAt<'cluster.replicate'>): Promise<void> {
  const cluster = findCluster(world, id);
  const source = followedBy(world, cluster.shape);
  if (!source) throw new Error(`${id} follows nothing`);
  const dir = storageDir(world, cluster.storage);
  await inTurn(world, `instance ${source.shape.DBInstanceIdentifier}`, async () => {
    const server = serverOf(world, source);
    await server.sql(
      'SELECT pg_create_physical_replication_slot($1, true) WHERE $1 NOT IN (SELECT slot_name FROM pg_replication_slots)',
      [slotFor(cluster.shape)],
    );
    await copyRunning(server, dir);
  });
  await writeOwned(join(dir, 'standby.signal'), '');
  cluster.shape.Status = 'available';
  note(world, 'db-cluster', id, 'DB cluster created', ['creation']);
}

async function promote(world: World, { id }: JobAt<'cluster.promote'>): Promise<void> {
  const cluster = findCluster(world, id);
  const { shape } = cluster;
  const [member] = shape.DBClusterMembers;
  const record = findInstance(world, member?.DBInstanceIdentifier ?? '');
  const server = serverOf(world, record);
  await server.sql('SELECT pg_promote(true, 60) WHERE pg_is_in_recovery()');
  await addAuroraVersion(server, installedEngine(world.engines, shape).version);
  await letGo(world, shape);
  delete shape.ReplicationSourceIdentifier;
  if (member) member.IsClusterWriter = true;
  await applySettings(world, record);
  await server.sql('SELECT pg_reload_conf()');
  shape.Status = 'available';
  aimEndpoints(world);
  note(world, 'db-cluster', id, 'Promoted Read Replica cluster to a standalone DB cluster', ['notification']);
}
