import { note } from '../events.ts';
import { findClusterSnapshot, findSnapshot } from '../find.ts';
import type { Works } from '../lifecycle.ts';
import { removeStorage } from '../storage.ts';
import type { World } from '../world.ts';
import { fillClusterSnapshot } from './take-cluster-snapshot.ts';
import { fillSnapshot } from './take-snapshot.ts';

type SnapshotPoint = 'snapshot.create' | 'snapshot.delete' | 'cluster-snapshot.create' | 'cluster-snapshot.delete';

/** The work behind the snapshot operations. */
export const snapshotWorks: Pick<Works, SnapshotPoint> = {
  'snapshot.create': {
    run: async (world, { id }) => {
      await fillSnapshot(world, id);
      backToAvailable(world, id);
    },
    failed: (world, { id }, status) => {
      findSnapshot(world, id).shape.Status = status ?? 'failed';
      backToAvailable(world, id);
      note(world, 'db-snapshot', id, 'Manual snapshot failed', ['failure']);
    },
  },
  'snapshot.delete': {
    run: async (world, { id }) => {
      await removeStorage(world, findSnapshot(world, id).storage);
      delete world.state.snapshots[id];
      note(world, 'db-snapshot', id, 'Deleted manual snapshot', ['deletion']);
    },
    failed: (world, { id }, status) => {
      findSnapshot(world, id).shape.Status = status ?? 'failed';
    },
  },
  'cluster-snapshot.create': {
    run: (world, { id }) => fillClusterSnapshot(world, id),
    failed: (world, { id }, status) => {
      findClusterSnapshot(world, id).shape.Status = status ?? 'failed';
    },
  },
  'cluster-snapshot.delete': {
    run: async (world, { id }) => {
      await removeStorage(world, findClusterSnapshot(world, id).storage);
      delete world.state.clusterSnapshots[id];
    },
    failed: (world, { id }, status) => {
      findClusterSnapshot(world, id).shape.Status = status ?? 'failed';
    },
  },
};

function backToAvailable(world: World, id: string): void {
  const { DBInstanceIdentifier } = findSnapshot(world, id).shape;
  const instance = world.state.instances[DBInstanceIdentifier];
  if (instance?.shape.DBInstanceStatus === 'backing-up') instance.shape.DBInstanceStatus = 'available';
}
