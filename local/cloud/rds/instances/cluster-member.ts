import { join } from 'node:path';
import { copyRunning } from '../../postgres/copy.ts';
import { writeOwned } from '../../postgres/server-files.ts';
import { aimEndpoints } from '../endpoints.ts';
import { note } from '../events.ts';
import { findInstance } from '../find.ts';
import type { ClusterRecord, InstanceRecord } from '../state.ts';
import { removeStorage, storageDir } from '../storage.ts';
import type { World } from '../world.ts';
import { clusterOf, serverOf, stopServer } from './instance-server.ts';

/** Makes a reader: Aurora's share the writer's storage, ours is a physical standby that follows the writer endpoint. */
export async function buildReader(world: World, record: InstanceRecord): Promise<void> {
  await stopServer(world, record);
  const dir = storageDir(world, record.storage);
  await copyRunning(serverOf(world, writerOf(world, record)), dir);
  await writeOwned(join(dir, 'standby.signal'), '');
}

/** Takes a deleted instance out of its cluster. When the writer goes, a reader takes its place; the last one leaves the data. */
export async function leaveCluster(world: World, record: InstanceRecord): Promise<void> {
  const cluster = clusterOf(world, record);
  if (!cluster) return;
  const { shape } = cluster;
  const { DBInstanceIdentifier: id } = record.shape;
  shape.DBClusterMembers = shape.DBClusterMembers.filter((member) => member.DBInstanceIdentifier !== id);
  // By whose data it is, not by its role: this may be the second try of a cloud that was killed in the first.
  if (record.storage !== cluster.storage) await removeStorage(world, record.storage);
  else if (shape.DBClusterMembers.length > 0) await failOver(world, cluster);
}

async function failOver(world: World, cluster: ClusterRecord): Promise<void> {
  const { shape } = cluster;
  const heir = shape.DBClusterMembers.toSorted((a, b) => (a.PromotionTier ?? 1) - (b.PromotionTier ?? 1))[0];
  if (!heir) return;
  const record = findInstance(world, heir.DBInstanceIdentifier);
  await serverOf(world, record).sql('SELECT pg_promote(true, 60) WHERE pg_is_in_recovery()');
  const abandoned = cluster.storage;
  cluster.storage = record.storage;
  heir.IsClusterWriter = true;
  aimEndpoints(world);
  await removeStorage(world, abandoned);
  note(
    world,
    'db-cluster',
    shape.DBClusterIdentifier,
    `Completed failover to DB instance: ${heir.DBInstanceIdentifier}`,
    ['failover'],
  );
}

function writerOf(world: World, record: InstanceRecord): InstanceRecord {
  const writer = clusterOf(world, record)?.shape.DBClusterMembers.find((member) => member.IsClusterWriter);
  return findInstance(world, writer?.DBInstanceIdentifier ?? '');
}
