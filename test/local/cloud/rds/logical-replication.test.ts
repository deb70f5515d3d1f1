import {
  CreateDBClusterCommand,
  CreateDBClusterParameterGroupCommand,
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  DescribeDBClustersCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLUSTER,
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
const ON = [{ ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyMethod: 'pending-reboot' as const }];

let under: CloudUnderTest;
type Side = { readonly port: number; readonly user: string };
let instance: Side;
let cluster: Side;

beforeAll(async () => {
  under = await openCloud();
  const { rds } = under;
  const group = { DBParameterGroupName: 'logical' };
  const clusterGroup = { DBClusterParameterGroupName: 'logical' };
  const Description = 'replicates';
  await rds.send(new CreateDBParameterGroupCommand({ ...group, DBParameterGroupFamily: 'postgres15', Description }));
  await rds.send(new ModifyDBParameterGroupCommand({ ...group, Parameters: ON }));
  await rds.send(
    new CreateDBClusterParameterGroupCommand({
      ...clusterGroup,
      DBParameterGroupFamily: 'aurora-postgresql15',
      Description,
    }),
  );
  await rds.send(new ModifyDBClusterParameterGroupCommand({ ...clusterGroup, Parameters: ON }));
  await rds.send(new CreateDBInstanceCommand({ ...INSTANCE, ...group }));
  await rds.send(new CreateDBClusterCommand({ ...CLUSTER, EngineVersion: '15', ...clusterGroup }));
  await until('available', () => clusterStatus(rds, 'target'));
  await rds.send(new CreateDBInstanceCommand(MEMBER));
  await until('available', () => instanceStatus(rds, 'target-1'));
  await until('available', () => instanceStatus(rds, 'source'));
  instance = { port: await portOf(rds, 'source'), user: INSTANCE.MasterUsername };
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
  cluster = { port: DBClusters?.[0]?.Port ?? 0, user: CLUSTER.MasterUsername };
}, 120_000);
afterAll(() => under.close());

const sql = (side: Side, text: string): Promise<Record<string, unknown>[]> => query(under.cloud, side, text);

/** A role that may read and replicate, a table with a row, and their publication, all made by the master. */
async function publish(side: Side, table: string): Promise<void> {
  await sql(side, `CREATE TABLE ${table} (n int PRIMARY KEY); INSERT INTO ${table} VALUES (1)`);
  await sql(side, `CREATE ROLE feed LOGIN PASSWORD '${PASSWORD}'; GRANT rds_replication TO feed`);
  await sql(side, `GRANT SELECT ON ${table} TO feed; CREATE PUBLICATION ${table} FOR TABLE ${table}`);
  await expect
    .poll(() => sql(side, `SELECT rolreplication AS may FROM pg_roles WHERE rolname = 'feed'`), PATIENCE)
    .toEqual([{ may: true }]);
}

const subscribe = (to: Side, table: string, tls: string): string =>
  `CREATE SUBSCRIPTION ${table}
   CONNECTION 'host=127.0.0.1 port=${to.port} dbname=app user=feed password=${PASSWORD} ${tls}'
   PUBLICATION ${table}`;

describe('an instance and a cluster of major 15 whose groups say rds.logical_replication from their creation', () => {
  test('have the values RDS sets, without a reboot', async () => {
    const wanted = ['wal_level', 'max_replication_slots', 'max_wal_senders', 'max_logical_replication_workers'];
    const settings = (side: Side): Promise<unknown> =>
      sql(side, `SELECT ${wanted.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`);
    const same = { wal_level: 'logical', max_replication_slots: '20', max_logical_replication_workers: '4' };
    expect(await settings(instance)).toEqual([{ ...same, max_wal_senders: '20' }]);
    expect(await settings(cluster)).toEqual([{ ...same, max_wal_senders: '10' }]);
  });

  test.each<[string, () => { from: Side; to: Side }]>([
    ['instance_to_cluster', () => ({ from: instance, to: cluster })],
    ['cluster_to_instance', () => ({ from: cluster, to: instance })],
  ])(
    'feed each other over TLS, by their endpoints, with no superuser: %s',
    async (table, sides) => {
      const { from, to } = sides();
      await publish(from, table);
      await sql(to, `CREATE TABLE ${table} (n int PRIMARY KEY)`);
      await expect(sql(to, subscribe(from, table, 'sslmode=disable'))).rejects.toThrow(/no encryption/);
      await expect(sql(to, subscribe(from, table, 'sslmode=verify-full'))).rejects.toThrow(/root certificate/);
      await sql(to, subscribe(from, table, 'sslmode=require'));
      const arrived = (): Promise<unknown> => sql(to, `SELECT n FROM ${table} ORDER BY n`);
      await expect.poll(arrived, PATIENCE).toEqual([{ n: 1 }]);
      await sql(from, `INSERT INTO ${table} VALUES (2)`);
      await expect.poll(arrived, PATIENCE).toEqual([{ n: 1 }, { n: 2 }]);
      expect(
        await sql(
          from,
          `SELECT usename, ssl FROM pg_stat_replication JOIN pg_stat_ssl USING (pid) WHERE application_name = '${table}'`,
        ),
      ).toEqual([{ usename: 'feed', ssl: true }]);
    },
    120_000,
  );

  test('give the worker no more than its owner may do', async () => {
    const table = 'instance_to_cluster';
    await sql(cluster, `CREATE ROLE other; GRANT other TO ${cluster.user}; GRANT CREATE ON SCHEMA public TO other`);
    await sql(cluster, `ALTER TABLE ${table} OWNER TO other; REVOKE other FROM ${cluster.user}`);
    await sql(instance, `INSERT INTO ${table} VALUES (3)`);
    const errors = async (): Promise<boolean> => {
      const rows = await sql(cluster, `SELECT apply_error_count > 0 AS some FROM pg_stat_subscription_stats`);
      return rows[0]?.['some'] === true;
    };
    await expect.poll(errors, PATIENCE).toBe(true);
    await sql(cluster, `GRANT other TO ${cluster.user}`);
    await expect.poll(() => sql(cluster, `SELECT max(n) AS n FROM ${table}`), PATIENCE).toEqual([{ n: 3 }]);
  }, 120_000);
});
