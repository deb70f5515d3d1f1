import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  CreateDBClusterParameterGroupCommand,
  DeleteDBClusterCommand,
  DescribeDBClusterParametersCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Login } from '../../../activities/contract.ts';
import { bookkeeping } from '../../../activities/cutover/bookkeeping.ts';
import { MIGRATION_TAG, parameterGroupName, ROLE_TAG } from '../../../model/names.ts';
import { openCloudStage, ownerOf, planOf, settle, SOURCE, type CloudStage } from './cloud-stage.ts';
import { until } from '../../until.ts';

const VERSION = '15.18';
const CLUSTER = 'mindmeasure-aurora';
let stage: CloudStage;

beforeAll(async () => {
  stage = await openCloudStage();
});
afterAll(async () => await stage.stop());

const owner = (target: object = {}) => ownerOf(planOf(stage, { target }));
const order = (target: object = {}) => ({ ...owner(target), engineVersion: VERSION });
const group = () => parameterGroupName(owner().plan);
const member = () => ({ ...owner(), instance: 'mindmeasure-aurora-1' });

async function clusterStatus(): Promise<string | undefined> {
  const { DBClusters } = await stage.rds.send(new DescribeDBClustersCommand({}));
  return DBClusters?.[0]?.Status;
}

async function makeForeignCluster(Tags: { Key: string; Value: string }[]): Promise<void> {
  await stage.rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: CLUSTER,
      Engine: 'aurora-postgresql',
      EngineVersion: VERSION,
      MasterUsername: 'mindmeasure',
      MasterUserPassword: 'somebody-else-1',
      DatabaseName: 'theirs',
      Tags,
    }),
  );
  await until('the cluster is available', async () => (await clusterStatus()) === 'available');
}

async function sourceLogin(): Promise<Login> {
  const { DBInstances } = await stage.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: SOURCE }));
  const { Address: host = '', Port: port = 0 } = DBInstances?.[0]?.Endpoint ?? {};
  return { host, port, database: 'mindmeasure', user: 'mindmeasure_admin', password: 'env:SOURCE_PASSWORD' };
}

async function clearCluster(): Promise<void> {
  await stage.rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: CLUSTER, SkipFinalSnapshot: true }));
  await until('the cluster is gone', async () => (await clusterStatus()) === undefined);
}

describe('a cluster of that name that we did not make', () => {
  beforeAll(async () => await makeForeignCluster([{ Key: 'owner', Value: 'another team' }]));
  afterAll(clearCluster);

  test('is not adopted', async () => {
    await expect(settle(stage.activities.ensureCluster, order())).rejects.toMatchObject({
      type: 'ResourceNotOurs',
      message: `cluster ${CLUSTER} exists with no tag ${MIGRATION_TAG}: wanted ${owner().migration}; nothing was changed on it`,
    });
  });

  test('is not deleted, nor marked as production', async () => {
    const refusal = { type: 'ResourceNotOurs' };
    await expect(settle(stage.activities.deleteCluster, { ...owner(), cluster: CLUSTER })).rejects.toMatchObject(
      refusal,
    );
    await expect(settle(stage.activities.markProduction, owner())).rejects.toMatchObject(refusal);
    expect(await clusterStatus()).toBe('available');
  });
});

describe('a cluster that carries our tag but is not what the plan wants', () => {
  beforeAll(async () => await makeForeignCluster([{ Key: MIGRATION_TAG, Value: owner().migration }]));
  afterAll(clearCluster);

  test('is not adopted, and the first difference is named', async () => {
    await expect(settle(stage.activities.ensureCluster, order())).rejects.toMatchObject({
      type: 'ResourceNotOurs',
      message: expect.stringContaining('database is theirs, wanted mindmeasure'),
    });
  });
});

describe('a parameter group of that name that we did not make', () => {
  test('is neither adopted nor deleted', async () => {
    await stage.rds.send(
      new CreateDBClusterParameterGroupCommand({
        DBClusterParameterGroupName: group(),
        DBParameterGroupFamily: 'aurora-postgresql15',
        Description: 'of another team',
      }),
    );
    const refusal = { type: 'ResourceNotOurs' };
    await expect(settle(stage.activities.ensureParameterGroup, order())).rejects.toMatchObject(refusal);
    const undo = { ...owner(), name: group() };
    await expect(settle(stage.activities.deleteParameterGroup, undo)).rejects.toMatchObject(refusal);
    await stage.rds.send(
      new AddTagsToResourceCommand({
        ResourceName: `arn:aws:rds:${stage.cloud.region}:${stage.cloud.account}:cluster-pg:${group()}`,
        Tags: [{ Key: MIGRATION_TAG, Value: owner().migration }],
      }),
    );
    expect(await settle(stage.activities.deleteParameterGroup, undo)).toBe('undone');
  });
});

describe('cluster parameters', () => {
  afterEach(async () => {
    await stage.cloud.fault({ clear: true });
    await settle(stage.activities.deleteParameterGroup, { ...owner(), name: group() });
  });
  const valueOf = async (name: string): Promise<object | undefined> => {
    const { Parameters } = await stage.rds.send(
      new DescribeDBClusterParametersCommand({ DBClusterParameterGroupName: group(), Source: 'user' }),
    );
    return Parameters?.find(({ ParameterName }) => ParameterName === name);
  };

  test('are set by their own kind: dynamic ones at once, static ones for the next start', async () => {
    const parameters = { log_min_duration_statement: '1000', max_connections: '90' };
    await settle(stage.activities.ensureParameterGroup, order({ parameters }));
    expect(await valueOf('log_min_duration_statement')).toMatchObject({
      ParameterValue: '1000',
      ApplyMethod: 'immediate',
    });
    expect(await valueOf('max_connections')).toMatchObject({ ParameterValue: '90', ApplyMethod: 'pending-reboot' });
  });

  test("let PostgreSQL's own table sync bring as many tables at a time as the plan has jobs, or as its author says", async () => {
    const SYNC = 'max_sync_workers_per_subscription';
    const following = (jobs: number, parameters = {}) => {
      const { plan } = order({ parameters });
      const change = { strategy: 'blue-green' as const, copy: { ...plan.copy, jobs } };
      return settle(stage.activities.ensureParameterGroup, { ...order(), plan: { ...plan, ...change } });
    };
    await following(2);
    expect(await valueOf(SYNC), 'the usual').toBeUndefined();
    await following(3);
    expect(await valueOf(SYNC)).toMatchObject({ ParameterValue: '3', ApplyMethod: 'immediate' });
    await following(3, { [SYNC]: '1' });
    expect(await valueOf(SYNC)).toMatchObject({ ParameterValue: '1' });
  });

  test('go out twenty a call, and not again when they are set already', async () => {
    const parameters = Object.fromEntries([
      ...['work_mem', 'temp_buffers', 'maintenance_work_mem'].map((name) => [name, '8192']),
      ...['enable_bitmapscan', 'enable_hashagg', 'enable_hashjoin', 'enable_indexscan', 'enable_indexonlyscan'].map(
        (name) => [name, '1'],
      ),
      ...[
        'enable_material',
        'enable_mergejoin',
        'enable_nestloop',
        'enable_seqscan',
        'enable_sort',
        'enable_tidscan',
      ].map((name) => [name, '1']),
      ...['log_checkpoints', 'log_connections', 'log_disconnections', 'log_duration', 'log_lock_waits'].map((name) => [
        name,
        '1',
      ]),
      ['statement_timeout', '60000'],
      ['lock_timeout', '5000'],
    ]);
    expect(Object.keys(parameters)).toHaveLength(21);
    await settle(stage.activities.ensureParameterGroup, order({ parameters }));
    const once = await stage.asked('ModifyDBClusterParameterGroup');
    expect(once).toBeGreaterThanOrEqual(2);
    expect(await valueOf('lock_timeout')).toMatchObject({ ParameterValue: '5000' });
    await settle(stage.activities.ensureParameterGroup, order({ parameters }));
    expect(await stage.asked('ModifyDBClusterParameterGroup')).toBe(once);
  });

  test('that do not exist, or belong to AWS, are refused with their name', async () => {
    await expect(
      settle(stage.activities.ensureParameterGroup, order({ parameters: { wrok_mem: '1' } })),
    ).rejects.toMatchObject({
      type: 'ControlPlaneRefused',
      message: expect.stringContaining('target.parameters.wrok_mem: unknown to'),
    });
    const plan = planOf(stage);
    // The plan's own rules refuse such a name as well; they know fewer of them than AWS does.
    const fixed = { ...order(), plan: { ...plan, target: { ...plan.target, parameters: { fsync: 'x' } } } };
    await expect(settle(stage.activities.ensureParameterGroup, fixed)).rejects.toMatchObject({
      message: expect.stringContaining('target.parameters.fsync: not modifiable'),
    });
  });
});

describe('the target, once it is production', () => {
  beforeAll(async () => {
    const { activities } = stage;
    await settle(activities.ensureParameterGroup, order());
    await settle(activities.ensureCluster, order());
    await settle(activities.awaitCluster, owner());
    await settle(activities.ensureInstance, member());
    await settle(activities.awaitInstance, member());
  });

  test('restarted by us before that, runs with static parameters that were set late', async () => {
    await stage.rds.send(
      new ModifyDBClusterParameterGroupCommand({
        DBClusterParameterGroupName: group(),
        Parameters: [{ ParameterName: 'max_connections', ParameterValue: '77', ApplyMethod: 'pending-reboot' }],
      }),
    );
    await settle(stage.activities.awaitInstance, member());
    const { DBClusters } = await stage.rds.send(new DescribeDBClustersCommand({}));
    expect(DBClusters?.[0]?.DBClusterMembers?.[0]?.DBClusterParameterGroupStatus).toBe('in-sync');
    expect(await stage.asked('RebootDBInstance')).toBe(1);
  });

  test('says so in its tags, cluster and instances, however often it is marked', async () => {
    await settle(stage.activities.markProduction, owner());
    await settle(stage.activities.markProduction, owner());
    const mark = { Key: ROLE_TAG, Value: 'production' };
    const { DBClusters } = await stage.rds.send(new DescribeDBClustersCommand({}));
    const { DBInstances } = await stage.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'mindmeasure-aurora-1' }),
    );
    expect(DBClusters?.[0]?.TagList).toContainEqual(mark);
    expect(DBInstances?.[0]?.TagList).toContainEqual(mark);
  });

  test('is never deleted, not even unprotected, nor taken for an empty target', async () => {
    const before = await stage.world();
    const refusal = { type: 'ResourceNotOurs', message: expect.stringContaining(`${ROLE_TAG}=production`) };
    const { activities } = stage;
    await expect(settle(activities.deleteInstance, member())).rejects.toMatchObject(refusal);
    await expect(settle(activities.deleteCluster, { ...owner(), cluster: CLUSTER })).rejects.toMatchObject(refusal);
    await expect(settle(activities.ensureCluster, order())).rejects.toMatchObject(refusal);
    await expect(settle(activities.ensureInstance, member())).rejects.toMatchObject(refusal);
    expect(await stage.world()).toEqual(before);
    expect(await stage.asked('DeleteDBInstance')).toBe(0);
  });

  test('stays production while the source does not have the writes, whatever the workflow believes', async () => {
    const source = await sourceLogin();
    const { clients, activities } = stage;
    const unmark = () => settle(activities.unmarkProduction, { ...owner(), source });
    const refusal = { type: 'CustodyHeldElsewhere' };
    await expect(unmark()).rejects.toMatchObject(refusal);
    await bookkeeping(clients).claimSource({ migration: owner().migration, run: 'run-1', source });
    await using session = await clients.openSession(source, { name: 'test' });
    await session.query(`UPDATE daybreak.custody SET state = 'given'`);
    const before = await stage.world();
    await expect(unmark()).rejects.toMatchObject(refusal);
    expect(await stage.world()).toEqual(before);

    await session.query(`UPDATE daybreak.custody SET state = 'taken'`);
    expect(await unmark()).toBe('undone');
    expect(JSON.stringify(await stage.world())).not.toContain('production');
    expect(await unmark()).toBe('absent');
  });
});
