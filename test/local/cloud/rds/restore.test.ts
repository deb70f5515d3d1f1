import {
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  ModifyDBParameterGroupCommand,
  RestoreDBClusterFromSnapshotCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  clusterStatus,
  INSTANCE,
  instanceStatus,
  MEMBER,
  openCloud,
  PASSWORD,
  portOf,
  query,
  snapshotStatus,
  until,
  type CloudUnderTest,
} from '../cloud-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
const SLOT = 'SELECT active, confirmed_flush_lsn::text FROM pg_replication_slots';
const SNAPSHOT_ARN = 'arn:aws:rds:eu-west-2:123456789012:snapshot:taken';
const RESTORE = {
  DBClusterIdentifier: 'target',
  SnapshotIdentifier: SNAPSHOT_ARN,
  Engine: 'aurora-postgresql',
  EngineVersion: '15',
  ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
};

let under: CloudUnderTest;
const send = (command: object): Promise<unknown> => under.rds.send(command as Parameters<RDSClient['send']>[0]);
const instance = (id: string) => () => instanceStatus(under.rds, id);
const cluster = (id: string) => () => clusterStatus(under.rds, id);
const on = async (id: string, sql: string) =>
  query(under.cloud, { port: await portOf(under.rds, id), user: 'master_user' }, sql);
const clusterSnapshot = async () => {
  const { DBClusterSnapshots } = await under.rds.send(
    new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'again' }),
  );
  return DBClusterSnapshots?.[0]?.Status;
};

async function addInstance(id: string, to: string): Promise<void> {
  await send(new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: id, DBClusterIdentifier: to }));
  await until('available', instance(id));
}

/** `source` subscribes to `publisher`, and is copied into the snapshot `taken` with that subscription enabled. */
beforeAll(async () => {
  under = await openCloud();
  const group = { DBParameterGroupName: 'logical' };
  await send(
    new CreateDBParameterGroupCommand({ ...group, DBParameterGroupFamily: 'postgres15', Description: 'replicates' }),
  );
  const on1 = { ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyMethod: 'pending-reboot' as const };
  await send(new ModifyDBParameterGroupCommand({ ...group, Parameters: [on1] }));
  await send(new CreateDBInstanceCommand(INSTANCE));
  await send(new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'publisher', ...group }));
  await until('available', instance('source'));
  await until('available', instance('publisher'));
  for (const id of ['source', 'publisher']) await on(id, 'CREATE TABLE fed (n int PRIMARY KEY)');
  await on('publisher', 'CREATE PUBLICATION feed FOR TABLE fed');
  await on('publisher', 'INSERT INTO fed VALUES (1)');
  const connection = `host=127.0.0.1 port=${await portOf(under.rds, 'publisher')} dbname=app user=master_user password=${PASSWORD} sslmode=require`;
  await on('source', `CREATE SUBSCRIPTION feed CONNECTION '${connection}' PUBLICATION feed`);
  const state = async () =>
    String((await on('source', 'SELECT srsubstate FROM pg_subscription_rel'))[0]?.['srsubstate']);
  await until('r', state);
  await send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'taken' }));
  await until('available', () => snapshotStatus(under.rds, 'taken'));
}, 120_000);
afterAll(() => under.close());

describe('a snapshot is not restored as a cluster', () => {
  test.each<[why: string, change: object, name: string]>([
    ['by the name of a DB snapshot', { SnapshotIdentifier: 'taken' }, 'DBClusterSnapshotNotFoundFault'],
    ['that nobody knows', { SnapshotIdentifier: `${SNAPSHOT_ARN}x` }, 'DBSnapshotNotFoundFault'],
    [
      'that is no snapshot',
      { SnapshotIdentifier: SNAPSHOT_ARN.replace(':snapshot:', ':db:') },
      'InvalidParameterValue',
    ],
    ['as another engine', { Engine: 'aurora-mysql' }, 'InvalidParameterCombination'],
    ['in another major version', { EngineVersion: '17' }, 'InvalidParameterCombination'],
    ['without a version, which is the newest', { EngineVersion: undefined }, 'InvalidParameterCombination'],
    ['into a database of a name', { DatabaseName: 'other' }, 'InvalidParameterCombination'],
  ])('%s', async (_why, change, name) => {
    await expect(send(new RestoreDBClusterFromSnapshotCommand({ ...RESTORE, ...change }))).rejects.toMatchObject({
      name,
    });
  });

  test('before it is finished', async () => {
    await under.cloud.fault({ hold: 'snapshot.create', id: 'half' });
    await send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'half' }));
    const half = { ...RESTORE, SnapshotIdentifier: SNAPSHOT_ARN.replace('taken', 'half') };
    await expect(send(new RestoreDBClusterFromSnapshotCommand(half))).rejects.toMatchObject({
      name: 'InvalidDBSnapshotStateFault',
    });
    await under.cloud.fault({ release: 'snapshot.create', id: 'half' });
    await until('available', () => snapshotStatus(under.rds, 'half'));
  });

  test('that cannot be migrated, and the cluster says so', async () => {
    await under.cloud.fault({ fail: 'cluster.restore', id: 'broken' });
    await send(new RestoreDBClusterFromSnapshotCommand({ ...RESTORE, DBClusterIdentifier: 'broken' }));
    expect(await until('migration-failed', cluster('broken'))).not.toContain('available');
  });
});

describe('a DB snapshot restored as a cluster', () => {
  test('is migrated, has its data and its master user, and a server once it has an instance', async () => {
    await send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'source', SkipFinalSnapshot: true }));
    await until('gone', instance('source'));
    await on('publisher', 'INSERT INTO fed VALUES (2)');
    await until('false', async () => String((await on('publisher', SLOT))[0]?.['active']));
    const [before] = await on('publisher', SLOT);
    await under.cloud.fault({ paceMs: 400 });
    await send(new RestoreDBClusterFromSnapshotCommand(RESTORE));
    expect(await until('available', cluster('target'))).toEqual([
      'creating',
      'preparing-data-migration',
      'migrating',
      'available',
    ]);
    await under.cloud.fault({ paceMs: 0 });
    const { DBClusters } = await under.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
    expect(DBClusters?.[0]).toMatchObject({ MasterUsername: 'master_user', DBClusterMembers: [] });
    // Nobody has taken anything yet: the subscriptions of the copy sleep until it has an instance.
    expect(before).toMatchObject({ active: false });
    expect(await on('publisher', SLOT)).toEqual([before]);
  }, 120_000);

  test('wakes up the subscription that was copied with it, which takes what was meant for the original', async () => {
    await addInstance('target-1', 'target');
    await expect
      .poll(() => on('target-1', 'SELECT n, aurora_version() LIKE $$15.%$$ AS aurora FROM fed ORDER BY n'), PATIENCE)
      .toEqual([
        { n: 1, aurora: true },
        { n: 2, aurora: true },
      ]);
    expect(await on('publisher', SLOT)).toMatchObject([{ active: true }]);
  }, 120_000);
});

test('a snapshot of a cluster is restored by name without a migration, and does not need its cluster any more', async () => {
  await send(
    new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'target', DBClusterSnapshotIdentifier: 'again' }),
  );
  await until('available', clusterSnapshot);
  await send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'taken' }));
  await send(
    new RestoreDBClusterFromSnapshotCommand({ ...RESTORE, DBClusterIdentifier: 'copy', SnapshotIdentifier: 'again' }),
  );
  expect(await until('available', cluster('copy'))).toEqual(['creating', 'available']);
  await addInstance('copy-1', 'copy');
  expect(await on('copy-1', 'SELECT count(*)::int AS n FROM fed')).toEqual([{ n: 2 }]);
}, 120_000);
