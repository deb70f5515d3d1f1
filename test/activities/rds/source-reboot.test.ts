import {
  CreateDBParameterGroupCommand,
  DeleteDBParameterGroupCommand,
  DescribeDBInstancesCommand,
  DescribeEventsCommand,
  ListTagsForResourceCommand,
  type DBInstance,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sourcePreparation } from '../../../activities/assessment/source-preparation.ts';
import type { Login, ServerTimes } from '../../../activities/contract.ts';
import { MIGRATION_TAG } from '../../../model/names.ts';
import type { MigrationPlan } from '../../../model/plan.ts';
import type { SourcePreparation } from '../../../model/source-preparation.ts';
import { attempt, openCloudStage, ownerOf, planOf, settle, SOURCE, type CloudStage } from './cloud-stage.ts';

let stage: CloudStage;
beforeAll(async () => {
  stage = await openCloudStage();
});
afterAll(async () => await stage.stop());
afterEach(async () => await stage.cloud.fault({ clear: true }));

const GROUP = `${SOURCE}-daybreak`;
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();
const planWith = (source: object = {}): MigrationPlan => ({ ...planOf(stage, { source }), strategy: 'blue-green' });

async function theInstance(): Promise<DBInstance> {
  const { DBInstances } = await stage.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: SOURCE }));
  const [instance] = DBInstances ?? [];
  if (instance === undefined) throw new Error('the stage has no source');
  return instance;
}

async function login(): Promise<Login> {
  const { Endpoint } = await theInstance();
  const { user, password, database } = planWith().source;
  return { host: Endpoint?.Address ?? '', port: Endpoint?.Port ?? 0, database, user, password };
}

async function order(source: object = {}) {
  return { ...ownerOf(planWith(source)), source: await login(), expiresAt: inAnHour() };
}

async function look(): Promise<SourcePreparation | undefined> {
  await using session = await stage.clients.openSession(await login(), { name: 'test' });
  return await sourcePreparation({
    ...ownerOf(planWith()),
    rds: stage.rds,
    instance: await theInstance(),
    session,
  });
}

async function show(setting: string): Promise<unknown> {
  await using session = await stage.clients.openSession(await login(), { name: 'test' });
  const [row] = await session.query<{ value: string }>('SELECT current_setting($1) AS value', [setting]);
  return row?.value;
}

async function restarts(): Promise<number> {
  const { Events } = await stage.rds.send(
    new DescribeEventsCommand({ SourceType: 'db-instance', SourceIdentifier: SOURCE, Duration: 60 }),
  );
  return (Events ?? []).filter(({ Message }) => Message === 'DB instance restarted').length;
}

const groupNow = async () => (await theInstance()).DBParameterGroups;
const times = (answer: ServerTimes | { readonly void: string }): ServerTimes => {
  if ('void' in answer) throw new Error(answer.void);
  return answer;
};

test('an instance with AWS’s own parameter group needs one made for it, and a reboot', async () => {
  expect(await look()).toEqual({
    changes: [{ parameter: 'rds.logical_replication', from: '0', to: '1' }],
    parameterGroup: 'default.postgres15',
    newParameterGroup: GROUP,
    sharedWith: [],
    multiAz: false,
    pending: [],
  });
});

test('outside its window, or approved by a report that expired, nothing is changed', async () => {
  const changes = (await look())?.changes ?? [];
  const day = new Date().getUTCDay();
  const other = (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[(day + 3) % 7];
  const rebootWindow = { days: [other], from: '02:00', to: '04:00', timezone: 'UTC' };
  expect(
    await settle(stage.activities.ensureSourceParameters, { ...(await order({ rebootWindow })), changes }),
  ).toMatchObject({ void: expect.stringMatching(/outside source\.rebootWindow: wanted \w{3} 02:00 to 04:00 UTC/) });
  const expired = { ...(await order()), changes, expiresAt: '2026-01-01T00:00:00.000Z' };
  expect(await settle(stage.activities.ensureSourceParameters, expired)).toMatchObject({
    void: expect.stringContaining('expired'),
  });
  expect(await groupNow()).toMatchObject([{ DBParameterGroupName: 'default.postgres15' }]);
});

test('a group of that name that somebody else made is left alone', async () => {
  const changes = (await look())?.changes ?? [];
  await stage.rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: GROUP,
      DBParameterGroupFamily: 'postgres15',
      Description: 'of somebody else',
    }),
  );
  expect(await attempt(stage.activities.ensureSourceParameters, { ...(await order()), changes })).toMatchObject({
    type: 'ResourceNotOurs',
    message: expect.stringContaining(`parameter group ${GROUP} exists with no tag`),
  });
  await stage.rds.send(new DeleteDBParameterGroupCommand({ DBParameterGroupName: GROUP }));
  expect(await groupNow()).toMatchObject([{ DBParameterGroupName: 'default.postgres15' }]);
});

test('from logical replication off to on: one group, one reboot, whatever answer is lost', async () => {
  const changes = (await look())?.changes ?? [];
  await stage.cloud.fault({ on: 'CreateDBParameterGroup', do: { reset: 'after' } });
  await settle(stage.activities.ensureSourceParameters, { ...(await order()), changes });
  const prepared = times(await settle(stage.activities.ensureSourceParameters, { ...(await order()), changes }));
  expect(await groupNow()).toEqual([{ DBParameterGroupName: GROUP, ParameterApplyStatus: 'pending-reboot' }]);
  expect(await show('wal_level')).toBe('replica');
  expect(await look()).toMatchObject({ parameterGroup: GROUP, newParameterGroup: null });

  const reboot = { ...(await order()), prepared };
  const before = await restarts();
  await stage.cloud.fault({ on: 'RebootDBInstance', do: { reset: 'after' } });
  const asked = await settle(stage.activities.rebootSource, reboot);
  if ('void' in asked) throw new Error(asked.void);
  const done = await settle(stage.activities.awaitSourceRebooted, { ...reboot, since: asked.since });
  expect(await show('wal_level')).toBe('logical');
  expect(Date.parse(done.rebootedAt)).toBeGreaterThan(Date.parse(prepared.startedAt));
  expect(done.interruptionMs).toBeGreaterThan(0);
  expect(done.interruptionMs).toBeLessThan(60_000);
  expect(await look()).toBeUndefined();

  // The worker died after its call, and another takes the step up: the server has started since, so that nothing is asked of AWS.
  const calls = await stage.asked('RebootDBInstance');
  expect(await settle(stage.activities.rebootSource, reboot)).toEqual({ since: prepared.at });
  expect(await stage.asked('RebootDBInstance')).toBe(calls);
  expect((await restarts()) - before).toBe(1);
});

test('a group of the instance’s own is changed where it is, and carries on as whose it is', async () => {
  const changes = [{ parameter: 'max_wal_senders', from: '20', to: '27' }];
  const prepared = times(await settle(stage.activities.ensureSourceParameters, { ...(await order()), changes }));
  expect(await groupNow()).toEqual([{ DBParameterGroupName: GROUP, ParameterApplyStatus: 'pending-reboot' }]);
  const { TagList } = await stage.rds.send(
    new ListTagsForResourceCommand({
      ResourceName: `arn:aws:rds:${stage.cloud.region}:${stage.cloud.account}:pg:${GROUP}`,
    }),
  );
  expect(TagList).toContainEqual({ Key: MIGRATION_TAG, Value: ownerOf(planWith()).migration });
  const reboot = { ...(await order()), prepared };
  await stage.cloud.fault({ hold: 'instance.reboot' });
  await settle(stage.activities.rebootSource, reboot);
  expect(await settle(stage.activities.rebootSource, reboot)).toEqual({ since: prepared.at });
  const waiting = { ...reboot, since: prepared.at };
  expect(await attempt(stage.activities.awaitSourceRebooted, waiting)).toMatchObject({
    type: 'ResourceNotReady',
    message: `instance ${SOURCE} is rebooting`,
  });
  await stage.cloud.fault({ clear: true });
  await settle(stage.activities.awaitSourceRebooted, waiting);
  expect(await show('max_wal_senders')).toBe('27');
});

test('nothing is rebooted for parameters AWS does not know of, or for some it refuses', async () => {
  const prepared = times(await settle(stage.activities.ensureSourceParameters, { ...(await order()), changes: [] }));
  expect(await attempt(stage.activities.rebootSource, { ...(await order()), prepared })).toMatchObject({
    type: 'ResourceNotReady',
    message: `instance ${SOURCE}: parameter group ${GROUP} is in-sync; wanted pending-reboot`,
  });
  const changes = [{ parameter: 'wal_level', from: 'replica', to: 'logical' }];
  expect(await attempt(stage.activities.ensureSourceParameters, { ...(await order()), changes })).toMatchObject({
    type: 'ControlPlaneRefused',
    message: expect.stringContaining('wal_level cannot be set'),
  });
});
