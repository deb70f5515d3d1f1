import type { DeleteDBClusterMessage, DescribeDBClustersMessage } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import type { Deed, Handlers } from '../../protocol/handlers.ts';
import { applyFilters, type Filterable } from '../filters.ts';
import { findCluster, findInstance } from '../find.ts';
import { pageOf } from '../pages.ts';
import { finalSnapshotChoice } from '../rules.ts';
import { mustBeNewClusterSnapshot, newClusterSnapshot } from '../snapshots/take-cluster-snapshot.ts';
import type { ClusterRecord, ClusterShape } from '../state.ts';
import type { World } from '../world.ts';
import { mustBeAvailableCluster, mustBeDeletableCluster } from './cluster-rules.ts';
import { createCluster } from './create-cluster.ts';
import { modifyCluster } from './modify-cluster.ts';
import { promoteCluster } from './promote-cluster.ts';
import { mustNotBeReplica } from './replica-rules.ts';
import { restoreCluster } from './restore-cluster.ts';

export function clusterHandlers(world: World): Handlers {
  return {
    CreateDBCluster: (input) => createCluster(world, input),
    DescribeDBClusters: (input) => describeClusters(world, input),
    ModifyDBCluster: (input) => modifyCluster(world, input),
    DeleteDBCluster: (input) => deleteCluster(world, input),
    PromoteReadReplicaDBCluster: (input) => promoteCluster(world, input),
    RestoreDBClusterFromSnapshot: (input) => restoreCluster(world, input),
    StopDBCluster: ({ DBClusterIdentifier = '' }) =>
      powerCluster(world, findCluster(world, DBClusterIdentifier), 'stop'),
    StartDBCluster: ({ DBClusterIdentifier = '' }) =>
      powerCluster(world, findCluster(world, DBClusterIdentifier), 'start'),
  };
}

const FILTERS: Filterable<ClusterShape> = {
  'db-cluster-id': ({ DBClusterIdentifier }) => DBClusterIdentifier,
  'db-cluster-resource-id': ({ DbClusterResourceId }) => DbClusterResourceId,
  engine: ({ Engine }) => Engine,
};

function describeClusters(world: World, input: DescribeDBClustersMessage): Deed<'DescribeDBClusters'> {
  const { DBClusterIdentifier, Filters, MaxRecords, Marker, IncludeShared } = input;
  if (IncludeShared === true)
    throw new ApiError(
      'InvalidParameterValue',
      'The local cloud has one account and shares nothing: leave IncludeShared out.',
    );
  const found =
    DBClusterIdentifier === undefined ? Object.values(world.state.clusters) : [findCluster(world, DBClusterIdentifier)];
  const shapes = applyFilters(
    found.map(({ shape }) => shape),
    Filters,
    FILTERS,
  );
  const { items, marker } = pageOf(shapes, { MaxRecords, Marker });
  return () => ({ DBClusters: structuredClone(items), ...marker });
}

/** DeleteDBCluster: only without members, and only with a final snapshot or the word that none is wanted. */
function deleteCluster(world: World, input: DeleteDBClusterMessage): Deed<'DeleteDBCluster'> {
  const record = findCluster(world, input.DBClusterIdentifier ?? '');
  const finalSnapshot = finalSnapshotChoice(
    input.SkipFinalSnapshot,
    input.FinalDBSnapshotIdentifier,
    'FinalDBSnapshotIdentifier',
  );
  mustBeDeletableCluster(record);
  if (finalSnapshot !== undefined) {
    mustBeAvailableCluster(record);
    mustNotBeReplica(record, 'have a snapshot taken');
    mustBeNewClusterSnapshot(world, finalSnapshot);
  }
  return () => {
    record.shape.Status = 'deleting';
    if (finalSnapshot !== undefined) newClusterSnapshot(world, record, finalSnapshot, []);
    world.begin({ point: 'cluster.delete', id: record.shape.DBClusterIdentifier, finalSnapshot });
    return { DBCluster: structuredClone(record.shape) };
  };
}

/** StopDBCluster and StartDBCluster: all instances with it. */
function powerCluster(world: World, record: ClusterRecord, verb: 'stop' | 'start'): () => { DBCluster: ClusterShape } {
  mustNotBeReplica(record, verb);
  const { shape } = record;
  const wanted = verb === 'stop' ? 'available' : 'stopped';
  if (shape.Status !== wanted)
    throw new ApiError(
      'InvalidDBClusterStateFault',
      `DB cluster ${shape.DBClusterIdentifier} is not in ${wanted} state: it is ${shape.Status}.`,
    );
  const members = shape.DBClusterMembers.map(({ DBInstanceIdentifier }) => findInstance(world, DBInstanceIdentifier));
  const busy = members.find((member) => member.shape.DBInstanceStatus !== wanted);
  if (busy)
    throw new ApiError(
      'InvalidDBInstanceStateFault',
      `Instance ${busy.shape.DBInstanceIdentifier} of the cluster is ${busy.shape.DBInstanceStatus}.`,
    );
  const status = verb === 'stop' ? 'stopping' : 'starting';
  return () => {
    shape.Status = status;
    for (const member of members) member.shape.DBInstanceStatus = status;
    world.begin({ point: `cluster.${verb}`, id: shape.DBClusterIdentifier });
    return { DBCluster: structuredClone(shape) };
  };
}
