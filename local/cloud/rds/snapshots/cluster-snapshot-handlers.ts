import type {
  CreateDBClusterSnapshotMessage,
  DeleteDBClusterSnapshotMessage,
  DescribeDBClusterSnapshotsMessage,
} from '@aws-sdk/client-rds';
import { mustBeAvailableCluster } from '../clusters/cluster-rules.ts';
import { mustNotBeReplica } from '../clusters/replica-rules.ts';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed, Handlers } from '../../protocol/handlers.ts';
import { applyFilters, type Filterable } from '../filters.ts';
import { findCluster, findClusterSnapshot } from '../find.ts';
import { pageOf } from '../pages.ts';
import { validLongIdentifier } from '../rules.ts';
import type { ClusterSnapshotShape } from '../state.ts';
import { validTags } from '../tags.ts';
import type { World } from '../world.ts';
import { mustBeNewClusterSnapshot, newClusterSnapshot } from './take-cluster-snapshot.ts';

export function clusterSnapshotHandlers(world: World): Handlers {
  return {
    CreateDBClusterSnapshot: (input) => create(world, input),
    DescribeDBClusterSnapshots: (input) => describe(world, input),
    DeleteDBClusterSnapshot: (input) => remove(world, input),
  };
}

function create(world: World, input: CreateDBClusterSnapshotMessage): Deed<'CreateDBClusterSnapshot'> {
  const id = validLongIdentifier('DBClusterSnapshotIdentifier', input.DBClusterSnapshotIdentifier ?? '');
  const tags = validTags(input.Tags);
  const record = findCluster(world, input.DBClusterIdentifier ?? '');
  mustBeNewClusterSnapshot(world, id);
  mustBeAvailableCluster(record);
  mustNotBeReplica(record, 'have a snapshot taken');
  return () => {
    const shape = newClusterSnapshot(world, record, id, tags);
    world.begin({ point: 'cluster-snapshot.create', id });
    return { DBClusterSnapshot: structuredClone(shape) };
  };
}

const FILTERS: Filterable<ClusterSnapshotShape> = {
  'db-cluster-id': ({ DBClusterIdentifier }) => DBClusterIdentifier,
  'db-cluster-snapshot-id': ({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier,
  'snapshot-type': ({ SnapshotType }) => SnapshotType,
  engine: ({ Engine }) => Engine,
};

function describe(world: World, input: DescribeDBClusterSnapshotsMessage): Deed<'DescribeDBClusterSnapshots'> {
  const { DBClusterSnapshotIdentifier, DBClusterIdentifier, SnapshotType, Filters, MaxRecords, Marker } = input;
  const named =
    DBClusterSnapshotIdentifier === undefined
      ? Object.values(world.state.clusterSnapshots)
      : [findClusterSnapshot(world, DBClusterSnapshotIdentifier)];
  const shapes = named
    .map(({ shape }) => shape)
    .filter(
      (shape) => DBClusterIdentifier === undefined || shape.DBClusterIdentifier === DBClusterIdentifier.toLowerCase(),
    )
    .filter((shape) => SnapshotType === undefined || shape.SnapshotType === SnapshotType);
  const { items, marker } = pageOf(applyFilters(shapes, Filters, FILTERS), { MaxRecords, Marker });
  return () => ({ DBClusterSnapshots: structuredClone(items), ...marker });
}

function remove(world: World, input: DeleteDBClusterSnapshotMessage): Deed<'DeleteDBClusterSnapshot'> {
  const { shape } = findClusterSnapshot(world, input.DBClusterSnapshotIdentifier ?? '');
  const id = shape.DBClusterSnapshotIdentifier;
  if (shape.Status !== 'available' && shape.Status !== 'failed')
    throw new ApiError(
      'InvalidDBClusterSnapshotStateFault',
      `Cannot delete the cluster snapshot ${id} because it is not in the available state: it is ${shape.Status}.`,
    );
  return () => {
    shape.Status = 'deleting';
    world.begin({ point: 'cluster-snapshot.delete', id });
    return { DBClusterSnapshot: structuredClone({ ...shape, Status: 'deleted' }) };
  };
}
