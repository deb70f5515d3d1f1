import { makeRoles, setPassword } from '../../postgres/roles.ts';
import { closeEndpoints, ADDRESS } from '../endpoints.ts';
import { installedEngine } from '../engines.ts';
import { note } from '../events.ts';
import { findInstance } from '../find.ts';
import { pace, type Works } from '../lifecycle.ts';
import { abandonSnapshot, fillSnapshot } from '../snapshots/take-snapshot.ts';
import type { InstanceRecord } from '../state.ts';
import { fillStorage, removeStorage } from '../storage.ts';
import type { World } from '../world.ts';
import { buildReader, leaveCluster } from './cluster-member.ts';
import { clusterOf, serverOf, startServer, stopServer } from './instance-server.ts';
import { keepBackup } from './retained-backups.ts';

type InstancePoint =
  | 'instance.create'
  | 'instance.join'
  | 'instance.modify'
  | 'instance.reboot'
  | 'instance.stop'
  | 'instance.start'
  | 'instance.delete';

/** The work behind the instance operations. */
export const instanceWorks: Pick<Works, InstancePoint> = {
  'instance.create': {
    run: async (world, { id, password, database }) => {
      const record = findInstance(world, id);
      const engine = installedEngine(world.engines, record.shape);
      await stopServer(world, record); // it runs when a killed cloud does this work again
      await fillStorage(world, record.storage, engine);
      await startServer(world, record);
      await makeRoles(serverOf(world, record), engine.major, { user: record.shape.MasterUsername, password, database });
      await present(world, record);
    },
    failed,
  },
  'instance.join': {
    run: async (world, { id }) => {
      const record = findInstance(world, id);
      if (record.storage !== clusterOf(world, record)?.storage) await buildReader(world, record);
      if (serverOf(world, record).pid === undefined) await startServer(world, record);
      await present(world, record);
    },
    failed,
  },
  'instance.modify': {
    run: async (world, { id, changes, password }) => {
      const record = findInstance(world, id);
      const { shape } = record;
      // A deletion may have been asked for before this work began: its status stands, or the instance could be deleted twice.
      if (shape.DBInstanceStatus === 'deleting') return;
      if (Object.keys(changes).length > 0) await show(world, record, 'modifying');
      if (password !== undefined) {
        await show(world, record, 'resetting-master-credentials');
        await setPassword(serverOf(world, record), shape.MasterUsername, password);
      }
      Object.assign(shape, changes);
      shape.PendingModifiedValues = {};
      shape.DBInstanceStatus = 'available';
    },
    failed,
  },
  'instance.reboot': {
    run: async (world, { id }) => {
      const record = findInstance(world, id);
      await stopServer(world, record);
      await startServer(world, record);
      record.shape.DBInstanceStatus = 'available';
      note(world, 'db-instance', id, 'DB instance restarted', ['availability']);
    },
    failed: (world, { id }, status) => fail(world, id, status ?? 'incompatible-parameters'),
  },
  'instance.stop': {
    run: async (world, { id }) => {
      const record = findInstance(world, id);
      await stopServer(world, record);
      record.shape.DBInstanceStatus = 'stopped';
      note(world, 'db-instance', id, 'DB instance stopped', ['notification']);
    },
    failed,
  },
  'instance.start': {
    run: async (world, { id }) => {
      const record = findInstance(world, id);
      if (serverOf(world, record).pid === undefined) await startServer(world, record);
      record.shape.DBInstanceStatus = 'available';
      note(world, 'db-instance', id, 'DB instance started', ['notification']);
    },
    failed: (world, { id }, status) => fail(world, id, status ?? 'incompatible-parameters'),
  },
  'instance.delete': {
    run: async (world, { id, finalSnapshot, keepBackups }) => {
      const record = findInstance(world, id);
      if (finalSnapshot !== undefined) await fillSnapshot(world, finalSnapshot);
      await stopServer(world, record);
      if (keepBackups) keepBackup(world, record);
      if (clusterOf(world, record)) await leaveCluster(world, record);
      else await removeStorage(world, record.storage);
      await closeEndpoints(world, 'instance', id);
      delete world.state.instances[id];
      note(world, 'db-instance', id, 'DB instance deleted', ['deletion']);
    },
    failed: (world, { id, finalSnapshot }, status) => {
      if (finalSnapshot !== undefined) abandonSnapshot(world, finalSnapshot);
      fail(world, id, status ?? 'failed');
    },
  },
};

/** A new server is shown to the world: its address, its first backup, its availability. */
async function present(world: World, record: InstanceRecord): Promise<void> {
  const { shape, port } = record;
  shape.Endpoint = { Address: ADDRESS, Port: port, HostedZoneId: 'Z1TTGA775OQIYO' };
  shape.InstanceCreateTime = new Date();
  note(world, 'db-instance', shape.DBInstanceIdentifier, 'DB instance created', ['creation']);
  if (shape.BackupRetentionPeriod > 0 && shape.DBClusterIdentifier === undefined) {
    await show(world, record, 'backing-up');
    shape.LatestRestorableTime = new Date();
  }
  shape.DBInstanceStatus = 'available';
}

async function show(world: World, { shape }: InstanceRecord, status: string): Promise<void> {
  shape.DBInstanceStatus = status;
  await pace(world);
}

function failed(world: World, { id }: { id: string }, status: string | undefined): void {
  fail(world, id, status ?? 'failed');
}

function fail(world: World, id: string, status: string): void {
  findInstance(world, id).shape.DBInstanceStatus = status;
  note(world, 'db-instance', id, `The DB instance is in the state ${status}.`, ['failure']);
}
