import { copyDirectory, copyRunning } from '../../postgres/copy.ts';
import { ApiError } from '../../protocol/errors.ts';
import { arnOf } from '../arn.ts';
import { installedEngine } from '../engines.ts';
import { note } from '../events.ts';
import { findCluster, findClusterSnapshot } from '../find.ts';
import { given } from '../instances/instance-shape.ts';
import type { ClusterRecord, ClusterSnapshotShape } from '../state.ts';
import { newStorage, serverOn, storageDir } from '../storage.ts';
import type { World } from '../world.ts';

export function mustBeNewClusterSnapshot({ state }: World, id: string): void {
  if (state.clusterSnapshots[id])
    throw new ApiError(
      'DBClusterSnapshotAlreadyExistsFault',
      `Cannot create the cluster snapshot because a snapshot with the identifier ${id} already exists.`,
    );
}

/** Enters a snapshot of a cluster into the records; its data comes with `fillClusterSnapshot`. */
export function newClusterSnapshot(
  world: World,
  { shape }: ClusterRecord,
  id: string,
  tags: ClusterSnapshotShape['TagList'],
): ClusterSnapshotShape {
  const snapshot: ClusterSnapshotShape = {
    DBClusterSnapshotIdentifier: id,
    DBClusterSnapshotArn: arnOf(world, 'cluster-snapshot', id),
    DBClusterIdentifier: shape.DBClusterIdentifier,
    DbClusterResourceId: shape.DbClusterResourceId,
    Engine: shape.Engine,
    EngineVersion: shape.EngineVersion,
    EngineMode: 'provisioned',
    Status: 'creating',
    PercentProgress: 0,
    SnapshotType: 'manual',
    MasterUsername: shape.MasterUsername,
    Port: shape.Port,
    StorageEncrypted: shape.StorageEncrypted ?? false,
    TagList: [
      ...tags,
      ...(shape.CopyTagsToSnapshot === true
        ? shape.TagList.filter(({ Key }) => !tags.some((tag) => tag.Key === Key))
        : []),
    ],
    ...given('KmsKeyId', shape.KmsKeyId),
    ...given('ClusterCreateTime', shape.ClusterCreateTime),
  };
  world.state.clusterSnapshots[id] = { shape: snapshot, storage: newStorage() };
  return snapshot;
}

/** Copies the cluster's data as it is now; a cluster without instances has data but no server. */
export async function fillClusterSnapshot(world: World, id: string): Promise<void> {
  const { shape, storage } = findClusterSnapshot(world, id);
  if (shape.Status === 'available') return; // done before the cloud was killed
  const cluster = findCluster(world, shape.DBClusterIdentifier);
  const server = serverOn(world, cluster.storage, installedEngine(world.engines, cluster.shape));
  shape.SnapshotCreateTime = new Date();
  const to = storageDir(world, storage);
  await (server.pid === undefined ? copyDirectory(server.dir, to) : copyRunning(server, to));
  shape.PercentProgress = 100;
  shape.Status = 'available';
  note(world, 'db-cluster-snapshot', id, 'Manual cluster snapshot created', ['creation']);
}

/** A snapshot whose work broke. One that was finished before stays what it is. */
export function abandonClusterSnapshot(world: World, id: string): void {
  const { shape } = findClusterSnapshot(world, id);
  if (shape.Status === 'creating') shape.Status = 'failed';
}
