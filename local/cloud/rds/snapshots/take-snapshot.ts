import { ApiError } from '../../protocol/errors.ts';
import { copyRunning } from '../../postgres/copy.ts';
import { arnOf } from '../arn.ts';
import { note } from '../events.ts';
import { findInstance, findSnapshot } from '../find.ts';
import { serverOf } from '../instances/instance-server.ts';
import { given } from '../instances/instance-shape.ts';
import type { InstanceRecord, SnapshotShape } from '../state.ts';
import { newStorage, storageDir } from '../storage.ts';
import type { World } from '../world.ts';

export function mustBeNewSnapshot({ state }: World, id: string): void {
  if (state.snapshots[id])
    throw new ApiError(
      'DBSnapshotAlreadyExistsFault',
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
}

/** Enters a snapshot of an instance into the records; its data comes with `fillSnapshot`. */
export function newSnapshot(
  world: World,
  { shape, port }: InstanceRecord,
  id: string,
  tags: SnapshotShape['TagList'],
): SnapshotShape {
  const snapshot: SnapshotShape = {
    DBSnapshotIdentifier: id,
    DBSnapshotArn: arnOf(world, 'snapshot', id),
    DBInstanceIdentifier: shape.DBInstanceIdentifier,
    DbiResourceId: shape.DbiResourceId,
    Engine: shape.Engine,
    EngineVersion: shape.EngineVersion,
    Status: 'creating',
    PercentProgress: 0,
    SnapshotType: 'manual',
    MasterUsername: shape.MasterUsername,
    Port: port,
    Encrypted: shape.StorageEncrypted ?? false,
    SnapshotTarget: 'region',
    TagList: [
      ...tags,
      ...(shape.CopyTagsToSnapshot === true
        ? shape.TagList.filter(({ Key }) => !tags.some((tag) => tag.Key === Key))
        : []),
    ],
    ...given('AllocatedStorage', shape.AllocatedStorage),
    ...given('AvailabilityZone', shape.AvailabilityZone),
    ...given('StorageType', shape.StorageType),
    ...given('KmsKeyId', shape.KmsKeyId),
    ...given('InstanceCreateTime', shape.InstanceCreateTime),
    ...given('LicenseModel', shape.LicenseModel),
  };
  world.state.snapshots[id] = { shape: snapshot, storage: newStorage() };
  return snapshot;
}

/** Copies the instance's data as it is now into the snapshot. */
export async function fillSnapshot(world: World, id: string): Promise<void> {
  const { shape, storage } = findSnapshot(world, id);
  if (shape.Status === 'available') return; // done before the cloud was killed
  const instance = findInstance(world, shape.DBInstanceIdentifier);
  shape.SnapshotCreateTime = new Date();
  shape.OriginalSnapshotCreateTime = shape.SnapshotCreateTime;
  await copyRunning(serverOf(world, instance), storageDir(world, storage));
  shape.PercentProgress = 100;
  shape.Status = 'available';
  note(world, 'db-snapshot', id, 'Manual snapshot created', ['creation']);
}

/** A snapshot whose work broke. One that was finished before stays what it is. */
export function abandonSnapshot(world: World, id: string): void {
  const { shape } = findSnapshot(world, id);
  if (shape.Status === 'creating') shape.Status = 'failed';
}
