import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaDBClusterCommand,
  RebootDBInstanceCommand,
  StopDBClusterCommand,
  StopDBInstanceCommand,
  type DBCluster,
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
  until,
  type CloudUnderTest,
} from '../cloud-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };
const SOURCE_ARN = 'arn:aws:rds:eu-west-2:123456789012:db:source';
const REPLICA = {
  DBClusterIdentifier: 'target',
  Engine: 'aurora-postgresql',
  EngineVersion: '15',
  ReplicationSourceIdentifier: SOURCE_ARN,
  ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
};

let under: CloudUnderTest;
const send = (command: object): Promise<unknown> => under.rds.send(command as Parameters<RDSClient['send']>[0]);
const instance = (id: string) => () => instanceStatus(under.rds, id);
const target = () => clusterStatus(under.rds, 'target');
const cluster = async (): Promise<DBCluster> => {
  const { DBClusters } = await under.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
  return DBClusters?.[0] ?? {};
};
const onSource = async (sql: string) =>
  query(under.cloud, { port: await portOf(under.rds, 'source'), user: 'master_user' }, sql);
/** By the writer endpoint, with the user and the password of the source. */
const onTarget = async (sql: string) =>
  query(under.cloud, { port: (await cluster()).Port ?? 0, user: 'master_user' }, sql);
const slots = () => onSource('SELECT active FROM pg_replication_slots');
const replicasOfSource = async (): Promise<string[] | undefined> => {
  const { DBInstances } = await under.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'source' }));
  return DBInstances?.[0]?.ReadReplicaDBClusterIdentifiers;
};

async function makeReplica(): Promise<string[]> {
  await send(new CreateDBClusterCommand(REPLICA));
  const statuses = await until('available', target);
  await send(new CreateDBInstanceCommand(MEMBER));
  await until('available', instance('target-1'));
  return statuses;
}

beforeAll(async () => {
  under = await openCloud();
  await send(new CreateDBInstanceCommand(INSTANCE));
  await send(new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'bare', BackupRetentionPeriod: 0 }));
  await until('available', instance('source'));
  await until('available', instance('bare'));
  await onSource('CREATE TABLE rows AS SELECT generate_series(1, 1000) AS n');
}, 120_000);
afterAll(() => under.close());

describe('an Aurora read replica is refused', () => {
  test.each<[why: string, change: object, name: string]>([
    ['by identifier instead of ARN', { ReplicationSourceIdentifier: 'source' }, 'InvalidParameterValue'],
    [
      'of what is no instance',
      { ReplicationSourceIdentifier: SOURCE_ARN.replace(':db:', ':cluster:') },
      'InvalidParameterValue',
    ],
    ['of an unknown instance', { ReplicationSourceIdentifier: `${SOURCE_ARN}x` }, 'DBInstanceNotFoundFault'],
    [
      'of an instance without automated backups',
      { ReplicationSourceIdentifier: SOURCE_ARN.replace('source', 'bare') },
      'InvalidDBInstanceStateFault',
    ],
    ['of another major version', { EngineVersion: '17' }, 'InvalidParameterCombination'],
    ['without a version, which is the newest', { EngineVersion: undefined }, 'InvalidParameterCombination'],
    ['with a master user', { MasterUsername: 'other' }, 'InvalidParameterCombination'],
    ['with a password', { MasterUserPassword: PASSWORD }, 'InvalidParameterCombination'],
    ['with a managed password', { ManageMasterUserPassword: true }, 'InvalidParameterCombination'],
    ['with a database', { DatabaseName: 'app' }, 'InvalidParameterCombination'],
  ])('%s', async (_why, change, name) => {
    await expect(send(new CreateDBClusterCommand({ ...REPLICA, ...change }))).rejects.toMatchObject({ name });
    expect(await replicasOfSource()).toEqual([]);
  });
});

describe('an Aurora read replica of an RDS instance', () => {
  test('follows its source by streaming, with what was there before and what comes, and refuses writes', async () => {
    expect(await makeReplica()).toEqual(['creating', 'available']);
    expect(await cluster()).toMatchObject({
      ReplicationSourceIdentifier: SOURCE_ARN,
      MasterUsername: 'master_user',
      DBClusterMembers: [{ DBInstanceIdentifier: 'target-1', IsClusterWriter: false }],
    });
    expect(await replicasOfSource()).toEqual(['target']);
    await onSource('INSERT INTO rows SELECT generate_series(1001, 1500)');
    const count = 'SELECT count(*)::int AS n, pg_is_in_recovery() AS reads FROM rows';
    await expect.poll(() => onTarget(count), PATIENCE).toEqual([{ n: 1500, reads: true }]);
    await expect(onTarget('INSERT INTO rows VALUES (0)')).rejects.toMatchObject({ code: '25006' });
    const [end] = await onSource('SELECT pg_current_wal_lsn()::text AS lsn');
    const replayed = `SELECT pg_last_wal_replay_lsn() >= '${String(end?.['lsn'])}' AS reached`;
    await expect.poll(() => onTarget(replayed), PATIENCE).toEqual([{ reached: true }]);
    const state = () => onSource('SELECT state FROM pg_stat_replication');
    await expect.poll(state, PATIENCE).toEqual([{ state: 'streaming' }]);
    expect(await slots()).toEqual([{ active: true }]);
  }, 120_000);

  test.each<[what: string, command: object]>([
    ['a second replica of the source', new CreateDBClusterCommand({ ...REPLICA, DBClusterIdentifier: 'second' })],
    ['deleting the source', new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'source', SkipFinalSnapshot: true })],
    ['stopping the source', new StopDBInstanceCommand({ DBInstanceIdentifier: 'source' })],
    [
      'taking the source its automated backups',
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'source', BackupRetentionPeriod: 0 }),
    ],
  ])('forbids %s', async (_what, command) => {
    await expect(send(command)).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
  });

  test.each<[what: string, command: object]>([
    ['be stopped', new StopDBClusterCommand({ DBClusterIdentifier: 'target' })],
    ['have a second instance', new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'target-2' })],
    [
      'have a snapshot taken',
      new CreateDBClusterSnapshotCommand({ DBClusterIdentifier: 'target', DBClusterSnapshotIdentifier: 'early' }),
    ],
    [
      'change its master password',
      new ModifyDBClusterCommand({
        DBClusterIdentifier: 'target',
        ManageMasterUserPassword: true,
        ApplyImmediately: true,
      }),
    ],
  ])('cannot %s', async (_what, command) => {
    await expect(send(command)).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' });
  });

  test('catches up after a restart of its instance, of its source and of the whole cloud', async () => {
    await send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'target-1' }));
    await until('available', instance('target-1'));
    await send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'source' }));
    await until('available', instance('source'));
    await under.cloud.kill();
    await under.restart();
    await onSource('INSERT INTO rows SELECT generate_series(1501, 2000)');
    await expect.poll(() => onTarget('SELECT count(*)::int AS n FROM rows'), PATIENCE).toEqual([{ n: 2000 }]);
  }, 120_000);

  test('becomes a writer of its own by promotion, and leaves nothing on the source', async () => {
    await under.cloud.fault({ hold: 'cluster.promote', id: 'target' });
    await send(new PromoteReadReplicaDBClusterCommand({ DBClusterIdentifier: 'target' }));
    expect(await target()).toBe('promoting');
    await under.cloud.fault({ release: 'cluster.promote', id: 'target' });
    expect(await until('available', target)).toEqual(['promoting', 'available']);
    const promoted = await cluster();
    expect(promoted.ReplicationSourceIdentifier).toBeUndefined();
    expect(promoted.DBClusterMembers).toMatchObject([{ IsClusterWriter: true }]);
    await onTarget('INSERT INTO rows VALUES (2001)');
    await onSource('INSERT INTO rows VALUES (2002)');
    expect(await onTarget('SELECT aurora_version() LIKE $$15.%$$ AS aurora, max(n) AS n FROM rows')).toEqual([
      { aurora: true, n: 2001 },
    ]);
    expect([await slots(), await replicasOfSource()]).toEqual([[], []]);
    await expect(send(new PromoteReadReplicaDBClusterCommand({ DBClusterIdentifier: 'target' }))).rejects.toMatchObject(
      { name: 'InvalidDBClusterStateFault' },
    );
    await send(new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'target-2' }));
    await until('available', instance('target-2'));
    await send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-2' }));
    await until('gone', instance('target-2'));
  }, 120_000);

  test('is given up by deleting its instance and itself, and lets go of the source', async () => {
    await send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-1' }));
    await until('gone', instance('target-1'));
    const remove = new DeleteDBClusterCommand({ DBClusterIdentifier: 'target', SkipFinalSnapshot: true });
    await send(remove);
    await until('gone', target);
    await makeReplica();
    await send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-1' }));
    await until('gone', instance('target-1'));
    await expect(send(new PromoteReadReplicaDBClusterCommand({ DBClusterIdentifier: 'target' }))).rejects.toMatchObject(
      { name: 'InvalidDBClusterStateFault' },
    );
    await expect.poll(slots, PATIENCE).toEqual([{ active: false }]);
    await send(remove);
    await until('gone', target);
    expect([await slots(), await replicasOfSource()]).toEqual([[], []]);
  }, 120_000);
});
