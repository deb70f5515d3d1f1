import type { CreateDBSnapshotMessage, DeleteDBSnapshotMessage, DescribeDBSnapshotsMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed, Handlers } from '../../protocol/handlers.ts';
import { applyFilters, type Filterable } from '../filters.ts';
import { findInstance, findSnapshot } from '../find.ts';
import { mustAllowSnapshot } from '../instances/instance-rules.ts';
import { pageOf } from '../pages.ts';
import { validLongIdentifier } from '../rules.ts';
import type { SnapshotShape } from '../state.ts';
import { validTags } from '../tags.ts';
import type { World } from '../world.ts';
import { mustBeNewSnapshot, newSnapshot } from './take-snapshot.ts';

export function snapshotHandlers(world: World): Handlers {
  return {
    CreateDBSnapshot: (input) => createSnapshot(world, input),
    DescribeDBSnapshots: (input) => describeSnapshots(world, input),
    DeleteDBSnapshot: (input) => deleteSnapshot(world, input),
  };
}

function createSnapshot(world: World, input: CreateDBSnapshotMessage): Deed<'CreateDBSnapshot'> {
  const id = validLongIdentifier('DBSnapshotIdentifier', input.DBSnapshotIdentifier ?? '');
  const tags = validTags(input.Tags);
  const record = findInstance(world, input.DBInstanceIdentifier ?? '');
  mustBeNewSnapshot(world, id);
  if (record.shape.DBClusterIdentifier !== undefined)
    throw new ApiError(
      'InvalidParameterValue',
      'The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.',
    );
  mustAllowSnapshot(record);
  return () => {
    const shape = newSnapshot(world, record, id, tags);
    record.shape.DBInstanceStatus = 'backing-up';
    world.begin({ point: 'snapshot.create', id });
    return { DBSnapshot: structuredClone(shape) };
  };
}

const FILTERS: Filterable<SnapshotShape> = {
  'db-instance-id': ({ DBInstanceIdentifier }) => DBInstanceIdentifier,
  'db-snapshot-id': ({ DBSnapshotIdentifier }) => DBSnapshotIdentifier,
  'dbi-resource-id': ({ DbiResourceId }) => DbiResourceId,
  'snapshot-type': ({ SnapshotType }) => SnapshotType,
  engine: ({ Engine }) => Engine,
};

function describeSnapshots(world: World, input: DescribeDBSnapshotsMessage): Deed<'DescribeDBSnapshots'> {
  const { DBSnapshotIdentifier, DBInstanceIdentifier, DbiResourceId, SnapshotType, Filters, MaxRecords, Marker } =
    input;
  const named =
    DBSnapshotIdentifier === undefined
      ? Object.values(world.state.snapshots)
      : [findSnapshot(world, DBSnapshotIdentifier)];
  const shapes = named
    .map(({ shape }) => shape)
    .filter(
      (shape) =>
        (DBInstanceIdentifier === undefined || shape.DBInstanceIdentifier === DBInstanceIdentifier.toLowerCase()) &&
        (DbiResourceId === undefined || shape.DbiResourceId === DbiResourceId) &&
        (SnapshotType === undefined || shape.SnapshotType === SnapshotType),
    );
  const { items, marker } = pageOf(applyFilters(shapes, Filters, FILTERS), { MaxRecords, Marker });
  return () => ({ DBSnapshots: structuredClone(items), ...marker });
}

function deleteSnapshot(world: World, input: DeleteDBSnapshotMessage): Deed<'DeleteDBSnapshot'> {
  const { shape } = findSnapshot(world, input.DBSnapshotIdentifier ?? '');
  const id = shape.DBSnapshotIdentifier;
  if (shape.Status !== 'available' && shape.Status !== 'failed')
    throw new ApiError(
      'InvalidDBSnapshotStateFault',
      `Cannot delete the snapshot ${id} because it is not in the available state: it is ${shape.Status}.`,
    );
  return () => {
    shape.Status = 'deleting';
    world.begin({ point: 'snapshot.delete', id });
    return { DBSnapshot: structuredClone({ ...shape, Status: 'deleted' }) };
  };
}
