import {
  CreateDBClusterCommand,
  DeleteDBClusterCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATION_TAG, parameterGroupName } from '../../../model/names.ts';
import { attempt, openCloudStage, ownerOf, planOf, settle, type CloudStage } from './cloud-stage.ts';
import { until } from '../../until.ts';

const VERSION = '15.18';
let stage: CloudStage;

beforeAll(async () => {
  stage = await openCloudStage({ paceMs: 40 });
});
afterAll(async () => await stage.stop());
afterEach(async () => await stage.cloud.fault({ clear: true }));

const owner = () => ownerOf(planOf(stage));
const groupOrder = () => ({ ...owner(), engineVersion: VERSION });
const instanceOrder = () => ({ ...owner(), instance: 'mindmeasure-aurora-1' });

async function make(): Promise<{ host: string; port: number; password: string }> {
  const { activities } = stage;
  await settle(activities.ensureParameterGroup, groupOrder());
  await settle(activities.ensureCluster, groupOrder());
  const endpoint = await settle(activities.awaitCluster, owner());
  await settle(activities.ensureInstance, instanceOrder());
  await settle(activities.awaitInstance, instanceOrder());
  return endpoint;
}

async function undo(): Promise<string[]> {
  const { activities } = stage;
  const { cluster } = owner().plan.target;
  return [
    await settle(activities.deleteInstance, instanceOrder()),
    await settle(activities.deleteCluster, { ...owner(), cluster }),
    await settle(activities.deleteParameterGroup, { ...owner(), name: parameterGroupName(owner().plan) }),
  ];
}

const asked = async (operation: string): Promise<number> => await stage.asked(operation);

describe('the target', () => {
  test('is made, undone to the world as before, and made again', async () => {
    const before = await stage.world();
    await make();
    expect(await stage.world()).not.toEqual(before);
    expect(await undo()).toEqual(['undone', 'undone', 'undone']);
    expect(await stage.world()).toEqual(before);
    const { host, port, password } = await make();
    expect(password).toBe('env:TARGET_PASSWORD');
    const login = { host, port, password, database: 'mindmeasure', user: 'mindmeasure' };
    await using session = await stage.clients.openSession(login, { name: 'test' });
    expect(await session.query('SHOW server_version')).toEqual([{ server_version: VERSION }]);
    expect(await undo()).toEqual(['undone', 'undone', 'undone']);
    expect(await stage.world()).toEqual(before);
  });

  test('that was never made has nothing to undo', async () => {
    expect(await undo()).toEqual(['absent', 'absent', 'absent']);
  });

  test('asked for twice is made once', async () => {
    const before = await asked('CreateDBCluster');
    await make();
    const changes = (await stage.cloud.journal()).length;
    await make();
    const later = (await stage.cloud.journal()).slice(changes);
    expect(later.filter(({ operation }) => !/^(Describe|ListTags)/.test(operation))).toEqual([]);
    expect((await asked('CreateDBCluster')) - before).toBe(1);
    await undo();
  });

  test('carries the migration’s tag on all its parts and is protected from deletion', async () => {
    await make();
    const { DBClusters } = await stage.rds.send(
      new DescribeDBClustersCommand({ DBClusterIdentifier: 'mindmeasure-aurora' }),
    );
    const { DBInstances } = await stage.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'mindmeasure-aurora-1' }),
    );
    const tag = { Key: MIGRATION_TAG, Value: owner().migration };
    expect(DBClusters?.[0]).toMatchObject({ DeletionProtection: true, StorageEncrypted: true, TagList: [tag] });
    expect(DBInstances?.[0]).toMatchObject({ PubliclyAccessible: false, TagList: [tag] });
    await undo();
  });
});

test('answers that are lost after AWS has acted are taken for what they were', async () => {
  const operations = [
    'CreateDBClusterParameterGroup',
    'CreateDBCluster',
    'CreateDBInstance',
    'DeleteDBInstance',
    'ModifyDBCluster',
    'DeleteDBCluster',
    'DeleteDBClusterParameterGroup',
  ];
  const before = await stage.world();
  for (const on of operations) await stage.cloud.fault({ on, do: { reset: 'after' } });
  await make();
  expect(await undo()).toEqual(['undone', 'undone', 'undone']);
  expect(await stage.world()).toEqual(before);
  const lost = (await stage.cloud.journal()).filter(({ result }) => result === 'reset after');
  expect(new Set(lost.map(({ operation }) => operation))).toEqual(new Set(operations));
});

test('throttling is waited out', async () => {
  await stage.cloud.fault({ on: 'CreateDBCluster', times: 4, do: { error: 'Throttling', status: 400 } });
  await settle(stage.activities.ensureParameterGroup, groupOrder());
  const first = await attempt(stage.activities.ensureCluster, groupOrder());
  expect(first).toMatchObject({ type: 'ControlPlaneBusy', nonRetryable: false });
  await settle(stage.activities.ensureCluster, groupOrder());
  await settle(stage.activities.awaitCluster, owner());
  await undo();
});

describe('waiting', () => {
  test('says the status and is no error', async () => {
    await settle(stage.activities.ensureParameterGroup, groupOrder());
    await stage.cloud.fault({ hold: 'cluster.create' });
    await settle(stage.activities.ensureCluster, groupOrder());
    expect(await attempt(stage.activities.awaitCluster, owner())).toMatchObject({
      type: 'ResourceNotReady',
      message: 'cluster mindmeasure-aurora is creating',
      category: 'BENIGN',
      nonRetryable: false,
    });
    await stage.cloud.fault({ clear: true });
    await settle(stage.activities.awaitCluster, owner());
    await undo();
  });

  test('ends when it is in vain', async () => {
    await settle(stage.activities.ensureParameterGroup, groupOrder());
    await stage.cloud.fault({ fail: 'cluster.create', status: 'failed' });
    await settle(stage.activities.ensureCluster, groupOrder());
    await expect(settle(stage.activities.awaitCluster, owner())).rejects.toMatchObject({
      type: 'ResourceFailed',
      message: 'cluster mindmeasure-aurora is failed: wanted available',
      nonRetryable: true,
    });
    await undo();
  });

  test('bears with a list that does not show yet what was just made, for two minutes', async () => {
    expect(await attempt(stage.activities.awaitCluster, owner())).toMatchObject({ type: 'ResourceNotReady' });
    expect(await attempt(stage.activities.awaitInstance, instanceOrder())).toMatchObject({ type: 'ResourceNotReady' });
  });

  test('for the name of an earlier run’s cluster lasts until that one is gone', async () => {
    await settle(stage.activities.ensureParameterGroup, groupOrder());
    await settle(stage.activities.ensureCluster, groupOrder());
    await settle(stage.activities.awaitCluster, owner());
    await stage.cloud.fault({ hold: 'cluster.delete' });
    // The first tries may only take the protection off.
    await until('the cluster is being deleted', async () => {
      await attempt(stage.activities.deleteCluster, { ...owner(), cluster: 'mindmeasure-aurora' });
      const { DBClusters } = await stage.rds.send(new DescribeDBClustersCommand({}));
      return DBClusters?.[0]?.Status === 'deleting';
    });
    expect(await attempt(stage.activities.ensureCluster, groupOrder())).toMatchObject({ type: 'ResourceNotReady' });
    await stage.cloud.fault({ clear: true });
    await settle(stage.activities.ensureCluster, groupOrder());
    await settle(stage.activities.awaitCluster, owner());
    await undo();
  });
});

test('a managed password comes back as the ARN of its secret', async () => {
  const managed = ownerOf(planOf(stage, { target: { masterPassword: 'managed' } }));
  await settle(stage.activities.ensureParameterGroup, groupOrder());
  await settle(stage.activities.ensureCluster, { ...managed, engineVersion: VERSION });
  expect((await settle(stage.activities.awaitCluster, managed)).password).toMatch(/^arn:aws:secretsmanager:/);
  await undo();
});

test('a cluster that RDS deletes by itself is gone for the undo, too', async () => {
  await stage.rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: 'mindmeasure-aurora',
      Engine: 'aurora-postgresql',
      MasterUsername: 'other',
      MasterUserPassword: 'other-secret',
      Tags: [{ Key: MIGRATION_TAG, Value: owner().migration }],
    }),
  );
  await until('the cluster is available', async () => {
    const { DBClusters } = await stage.rds.send(new DescribeDBClustersCommand({}));
    return DBClusters?.[0]?.Status === 'available';
  });
  await stage.rds.send(
    new DeleteDBClusterCommand({ DBClusterIdentifier: 'mindmeasure-aurora', SkipFinalSnapshot: true }),
  );
  await settle(stage.activities.deleteCluster, { ...owner(), cluster: 'mindmeasure-aurora' });
  expect(await stage.world()).toMatchObject({ clusters: [] });
});
