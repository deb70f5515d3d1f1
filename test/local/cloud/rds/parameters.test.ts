import {
  CreateDBClusterCommand,
  CreateDBClusterParameterGroupCommand,
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  DeleteDBParameterGroupCommand,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  ModifyDBClusterParameterGroupCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  paginateDescribeDBParameters,
  RebootDBInstanceCommand,
  type Parameter,
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
  until,
  type CloudUnderTest,
} from '../cloud-under-test.ts';

let under: CloudUnderTest;

beforeAll(async () => {
  under = await openCloud();
  const { rds } = under;
  await rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: 'own',
      DBParameterGroupFamily: 'postgres15',
      Description: 'ours',
    }),
  );
  await rds.send(
    new CreateDBClusterParameterGroupCommand({
      DBClusterParameterGroupName: 'own',
      DBParameterGroupFamily: 'aurora-postgresql17',
      Description: 'ours',
    }),
  );
  await rds.send(new CreateDBInstanceCommand(INSTANCE));
  await rds.send(new CreateDBClusterCommand({ ...CLUSTER, DBClusterParameterGroupName: 'own' }));
  await until('available', () => clusterStatus(rds, 'target'));
  await rds.send(new CreateDBInstanceCommand(MEMBER));
  await until('available', () => instanceStatus(rds, 'target-1'));
  await until('available', () => instanceStatus(rds, 'source'));
}, 120_000);
afterAll(() => under.close());

const modify = (...Parameters: Parameter[]) =>
  under.rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: 'own', Parameters }));
const parameter = (
  ParameterName: string,
  ParameterValue: string,
  ApplyMethod: 'immediate' | 'pending-reboot',
): Parameter => ({ ParameterName, ParameterValue, ApplyMethod });
const setting = async (name: string) =>
  (
    await query(
      under.cloud,
      { port: await portOf(under.rds, 'source'), user: 'master_user' },
      `SELECT current_setting('${name}') AS value`,
    )
  )[0]?.['value'];
const applyStatus = async () => {
  const { DBInstances } = await under.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'source' }));
  return DBInstances?.[0]?.DBParameterGroups;
};
async function reboot(id: string): Promise<string[]> {
  await under.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: id }));
  return await until('available', () => instanceStatus(under.rds, id));
}

describe('a parameter group of an instance', () => {
  test('takes effect at the reboot after it was attached, and static parameters only then', async () => {
    await modify(
      parameter('rds.logical_replication', '1', 'pending-reboot'),
      parameter('work_mem', '8192', 'immediate'),
    );
    await under.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'source', DBParameterGroupName: 'own' }));
    expect(await applyStatus()).toEqual([{ DBParameterGroupName: 'own', ParameterApplyStatus: 'pending-reboot' }]);
    expect(await setting('wal_level')).toBe('replica');
    expect(await reboot('source')).toEqual(['rebooting', 'available']);
    expect(await applyStatus()).toEqual([{ DBParameterGroupName: 'own', ParameterApplyStatus: 'in-sync' }]);
    expect([await setting('wal_level'), await setting('work_mem')]).toEqual(['logical', '8MB']);
  });

  test('changes a dynamic parameter at once and leaves the rest for the reboot', async () => {
    await modify(
      parameter('log_min_duration_statement', '1000', 'immediate'),
      parameter('work_mem', '16384', 'pending-reboot'),
      parameter('max_connections', '77', 'pending-reboot'),
    );
    await expect.poll(() => setting('log_min_duration_statement'), { timeout: 5_000 }).toBe('1s');
    expect([await setting('work_mem'), await setting('max_connections')]).toEqual(['8MB', '100']);
    expect(await applyStatus()).toMatchObject([{ ParameterApplyStatus: 'pending-reboot' }]);
    await reboot('source');
    expect([await setting('work_mem'), await setting('max_connections')]).toEqual(['16MB', '77']);
  });

  test.each<[why: string, change: Parameter[], name: string]>([
    ['a name nobody knows', [parameter('no_such_thing', '1', 'immediate')], 'InvalidParameterValue'],
    ['a static parameter at once', [parameter('max_connections', '50', 'immediate')], 'InvalidParameterCombination'],
    [
      'what belongs to the service',
      [parameter('ssl_cert_file', 'server.crt', 'pending-reboot')],
      'InvalidParameterValue',
    ],
    ['a value out of range', [parameter('max_connections', '0', 'pending-reboot')], 'InvalidParameterValue'],
    ['a number that is none', [parameter('work_mem', 'much', 'immediate')], 'InvalidParameterValue'],
    ['a value that is not in the list', [parameter('log_statement', 'some', 'immediate')], 'InvalidParameterValue'],
    ['a boolean that is none', [parameter('autovacuum', 'yes', 'immediate')], 'InvalidParameterValue'],
    [
      'twenty-one at once',
      Array.from({ length: 21 }, () => parameter('work_mem', '4096', 'immediate')),
      'InvalidParameterValue',
    ],
  ])('refuses %s, and changes nothing', async (_why, change, name) => {
    await expect(modify(...change)).rejects.toMatchObject({ name });
    expect(await applyStatus()).toMatchObject([{ ParameterApplyStatus: 'in-sync' }]);
  });

  test('cannot be deleted while it is used, nor can a default group be changed or deleted', async () => {
    await expect(
      under.rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: 'own' })),
    ).rejects.toMatchObject({ name: 'InvalidDBParameterGroupStateFault' });
    await expect(
      under.rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: 'default.postgres15' })),
    ).rejects.toMatchObject({ name: 'InvalidDBParameterGroupStateFault' });
    const Parameters = [parameter('work_mem', '4096', 'immediate')];
    await expect(
      under.rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: 'default.postgres15', Parameters })),
    ).rejects.toMatchObject({ name: 'InvalidDBParameterGroupStateFault' });
  });

  test('lists all its parameters over several pages, with what may be set', async () => {
    const all: Parameter[] = [];
    let pages = 0;
    for await (const page of paginateDescribeDBParameters({ client: under.rds }, { DBParameterGroupName: 'own' })) {
      all.push(...(page.Parameters ?? []));
      pages += 1;
    }
    expect(pages).toBeGreaterThan(3);
    const find = (name: string) => all.find(({ ParameterName }) => ParameterName === name);
    expect(find('work_mem')).toMatchObject({
      ParameterValue: '16384',
      Source: 'user',
      ApplyType: 'dynamic',
      DataType: 'integer',
      AllowedValues: '64-2147483647',
    });
    expect(find('rds.logical_replication')).toMatchObject({
      ApplyType: 'static',
      AllowedValues: '0,1',
      IsModifiable: true,
    });
    expect(find('ssl_key_file')).toMatchObject({ IsModifiable: false });
  });
});

test('a cluster parameter group reaches the members of the cluster when they reboot', async () => {
  const Parameters = [
    parameter('rds.logical_replication', '1', 'pending-reboot'),
    parameter('log_statement', 'ddl', 'immediate'),
  ];
  await under.rds.send(new ModifyDBClusterParameterGroupCommand({ DBClusterParameterGroupName: 'own', Parameters }));
  const member = async () => {
    const { DBClusters } = await under.rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
    return DBClusters?.[0]?.DBClusterMembers?.[0]?.DBClusterParameterGroupStatus;
  };
  const value = async (name: string) =>
    (
      await query(under.cloud, { port: await portOf(under.rds, 'target-1'), user: 'clustermaster' }, `SHOW ${name}`)
    )[0]?.[name];
  expect(await member()).toBe('pending-reboot');
  await expect.poll(() => value('log_statement'), { timeout: 5_000 }).toBe('ddl');
  expect(await value('wal_level')).toBe('replica');
  await reboot('target-1');
  expect([await member(), await value('wal_level')]).toEqual(['in-sync', 'logical']);
  const { Parameters: user } = await under.rds.send(
    new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: 'own', Source: 'user' }),
  );
  expect(user?.map(({ ParameterName }) => ParameterName).toSorted()).toEqual([
    'log_statement',
    'rds.logical_replication',
  ]);
});

test('the versions that can be created are the servers that are installed', async () => {
  const versions = async (input: object) => {
    const { DBEngineVersions } = await under.rds.send(new DescribeDBEngineVersionsCommand(input));
    return DBEngineVersions?.map(({ Engine, EngineVersion }) => `${Engine} ${EngineVersion}`);
  };
  expect(await versions({ Engine: 'postgres' })).toEqual(['postgres 15.18', 'postgres 17.10']);
  expect(await versions({ Engine: 'aurora-postgresql', DefaultOnly: true })).toEqual(['aurora-postgresql 17.10']);
  expect(await versions({ Engine: 'aurora-postgresql', EngineVersion: '15' })).toContain('aurora-postgresql 15.18');
  const { OrderableDBInstanceOptions } = await under.rds.send(
    new DescribeOrderableDBInstanceOptionsCommand({
      Engine: 'aurora-postgresql',
      EngineVersion: '17.10',
      DBInstanceClass: 'db.serverless',
    }),
  );
  expect(OrderableDBInstanceOptions).toMatchObject([
    { DBInstanceClass: 'db.serverless', AvailabilityZones: [{ Name: 'eu-west-2a' }, {}, {}] },
  ]);
});
