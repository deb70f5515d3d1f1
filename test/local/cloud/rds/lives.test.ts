import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBSnapshotsCommand,
  DescribeEventsCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLUSTER,
  clusterStatus,
  INSTANCE,
  instanceStatus,
  MEMBER,
  openCloud,
  portOf,
  query,
  snapshotStatus,
  until,
  type CloudUnderTest,
} from '../cloud-under-test.ts';

let under: CloudUnderTest;
beforeAll(async () => {
  under = await openCloud(60);
}, 120_000);
afterAll(() => under.close());

describe('an RDS instance', () => {
  const source = () => instanceStatus(under.rds, 'source');
  const sql = async (text: string, password?: string) =>
    query(
      under.cloud,
      { port: await portOf(under.rds, 'source'), user: 'master_user', ...(password ? { password } : {}) },
      text,
    );

  test('is created step by step and then takes connections of its master', async () => {
    const { DBInstance } = await under.rds.send(
      new CreateDBInstanceCommand({ ...INSTANCE, Tags: [{ Key: 'owner', Value: 'team' }] }),
    );
    expect(DBInstance).toMatchObject({
      DBInstanceStatus: 'creating',
      EngineVersion: '15.18',
      TagList: [{ Key: 'owner', Value: 'team' }],
    });
    expect(DBInstance?.Endpoint).toBeUndefined();
    expect(await until('available', source)).toEqual(['creating', 'backing-up', 'available']);
    expect(await sql('SHOW server_version')).toEqual([{ server_version: '15.18' }]);
    await sql('CREATE TABLE kept AS SELECT generate_series(1, 10) AS n');
  });

  test('takes a snapshot of what is there now', async () => {
    await under.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'Safe' }));
    expect(await source()).toBe('backing-up');
    await expect(
      under.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'safe-2' })),
    ).rejects.toMatchObject({
      name: 'InvalidDBInstanceStateFault',
    });
    expect(await until('available', () => snapshotStatus(under.rds, 'safe'))).toEqual(['creating', 'available']);
    expect(await source()).toBe('available');
    const { DBSnapshots } = await under.rds.send(new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: 'source' }));
    expect(DBSnapshots).toMatchObject([
      { DBSnapshotIdentifier: 'safe', PercentProgress: 100, Engine: 'postgres', SnapshotCreateTime: expect.any(Date) },
    ]);
  });

  test('gets a new password while it runs', async () => {
    await under.rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'source', MasterUserPassword: 'another-one' }),
    );
    await until('resetting-master-credentials', source);
    await until('available', source);
    await expect(sql('SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await sql('SELECT count(*)::int AS n FROM kept', 'another-one')).toEqual([{ n: 10 }]);
  });
  test('stops, refuses what a stopped instance cannot do, and starts on the same endpoint', async () => {
    const port = await portOf(under.rds, 'source');
    await under.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: 'source' }));
    expect(await until('stopped', source)).toEqual(['stopping', 'stopped']);
    await expect(sql('SELECT 1', 'another-one')).rejects.toThrow(/ECONNRESET|terminated/);
    for (const command of [
      new StopDBInstanceCommand({ DBInstanceIdentifier: 'source' }),
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'late' }),
      new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'source', FinalDBSnapshotIdentifier: 'late' }),
    ] as StopDBInstanceCommand[])
      await expect(under.rds.send(command)).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
    await under.rds.send(new StartDBInstanceCommand({ DBInstanceIdentifier: 'source' }));
    expect(await until('available', source)).toEqual(['starting', 'available']);
    expect(await portOf(under.rds, 'source')).toBe(port);
    expect(await sql('SELECT count(*)::int AS n FROM kept', 'another-one')).toEqual([{ n: 10 }]);
  });

  test('is deleted with its final snapshot and, when asked, its automated backups kept', async () => {
    await under.rds.send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: 'source',
        FinalDBSnapshotIdentifier: 'final',
        DeleteAutomatedBackups: false,
      }),
    );
    expect(await until('gone', source)).toEqual(['deleting', 'gone']);
    expect(await snapshotStatus(under.rds, 'final')).toBe('available');
    const { DBInstanceAutomatedBackups } = await under.rds.send(new DescribeDBInstanceAutomatedBackupsCommand({}));
    expect(DBInstanceAutomatedBackups).toMatchObject([{ DBInstanceIdentifier: 'source', Status: 'retained' }]);
    const { Events } = await under.rds.send(
      new DescribeEventsCommand({ SourceType: 'db-instance', SourceIdentifier: 'source' }),
    );
    expect(Events?.map(({ Message }) => Message)).toEqual([
      'DB instance created',
      'DB instance stopped',
      'DB instance started',
      'DB instance deleted',
    ]);
  });

  test('leaves snapshots that can be deleted', async () => {
    await under.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'safe' }));
    expect(await until('gone', () => snapshotStatus(under.rds, 'safe'))).toEqual(['deleting', 'gone']);
  });
});

describe('an Aurora cluster', () => {
  const target = () => clusterStatus(under.rds, 'target');
  const writer = async () => {
    const { DBClusters } = await under.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
    return { port: DBClusters?.[0]?.Port ?? 0, user: 'clustermaster', reader: DBClusters?.[0]?.ReaderEndpoint ?? '' };
  };
  const sql = async (text: string) => query(under.cloud, await writer(), text);

  test('has no server before it has an instance', async () => {
    await under.rds.send(new CreateDBClusterCommand(CLUSTER));
    await expect(under.rds.send(new CreateDBInstanceCommand(MEMBER))).rejects.toMatchObject({
      name: 'InvalidDBClusterStateFault',
    });
    expect(await until('available', target)).toEqual(['creating', 'available']);
    await expect(sql('SELECT 1')).rejects.toThrow(/ECONNRESET|terminated/);
  });

  test('answers as Aurora on its writer endpoint once its instance is there', async () => {
    await under.rds.send(new CreateDBInstanceCommand(MEMBER));
    expect(await until('available', () => instanceStatus(under.rds, 'target-1'))).toEqual(['creating', 'available']);
    expect(await sql('SELECT aurora_version(), pg_is_in_recovery()')).toEqual([
      { aurora_version: '17.10.0', pg_is_in_recovery: false },
    ]);
    await sql('CREATE TABLE written AS SELECT 1 AS n');
  });

  test('has readers that follow the writer, and one of them takes over when it goes', async () => {
    await under.rds.send(new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'target-2' }));
    await until('available', () => instanceStatus(under.rds, 'target-2'));
    const { reader, ...login } = await writer();
    expect(reader).not.toBe('127.0.0.1');
    await sql('INSERT INTO written VALUES (2)');
    const atReader = () =>
      query(
        under.cloud,
        { ...login, host: reader },
        'SELECT count(*)::int AS n, pg_is_in_recovery() AS reads FROM written',
      );
    await expect.poll(atReader, { timeout: 10_000 }).toEqual([{ n: 2, reads: true }]);
    await expect(
      query(under.cloud, { ...login, host: reader }, 'INSERT INTO written VALUES (3)'),
    ).rejects.toMatchObject({ code: '25006' });

    await under.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-1' }));
    await until('gone', () => instanceStatus(under.rds, 'target-1'));
    await sql('INSERT INTO written VALUES (3)');
    expect(await sql('SELECT count(*)::int AS n FROM written')).toEqual([{ n: 3 }]);
    const { DBClusters } = await under.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
    expect(DBClusters?.[0]?.DBClusterMembers).toMatchObject([
      { DBInstanceIdentifier: 'target-2', IsClusterWriter: true },
    ]);
  });

  test('is deleted when its last member is gone, not before', async () => {
    const remove = new DeleteDBClusterCommand({ DBClusterIdentifier: 'target', SkipFinalSnapshot: true });
    await expect(under.rds.send(remove)).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    await under.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-2' }));
    await until('gone', () => instanceStatus(under.rds, 'target-2'));
    await under.rds.send(remove);
    expect(await until('gone', target)).toEqual(['deleting', 'gone']);
  });

  test('that is deleted while a modification has yet to begin stays deleting, and its name is free for another', async () => {
    await under.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DeletionProtection: true }));
    await until('available', target);
    await under.rds.send(
      new ModifyDBClusterCommand({
        DBClusterIdentifier: 'target',
        DeletionProtection: false,
        BackupRetentionPeriod: 3,
        ApplyImmediately: true,
      }),
    );
    const remove = new DeleteDBClusterCommand({ DBClusterIdentifier: 'target', SkipFinalSnapshot: true });
    await under.rds.send(remove);
    await expect(under.rds.send(remove)).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
    expect(await until('gone', target)).toEqual(['deleting', 'gone']);
    await under.rds.send(new CreateDBClusterCommand(CLUSTER));
    expect(await until('available', target)).toEqual(['creating', 'available']);
  });
});
