import { readFile } from 'node:fs/promises';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  ModifyDBInstanceCommand,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
} from './cloud-under-test.ts';

let under: CloudUnderTest;
const source = () => instanceStatus(under.rds, 'source');
const sql = async (text: string) =>
  query(under.cloud, { port: await portOf(under.rds, 'source'), user: 'master_user' }, text);

beforeAll(async () => {
  under = await openCloud();
  await under.rds.send(new CreateDBInstanceCommand(INSTANCE));
  await under.rds.send(new CreateDBClusterCommand(CLUSTER));
  await until('available', () => clusterStatus(under.rds, 'target'));
  await under.rds.send(new CreateDBInstanceCommand(MEMBER));
  await until('available', () => instanceStatus(under.rds, 'target-1'));
  await until('available', source);
  await sql('CREATE TABLE kept (n int PRIMARY KEY)');
}, 120_000);
afterAll(() => under.close());

test('a cloud that was killed comes back with its endpoints, its data and its journal', async () => {
  const { endpoint, caFile } = under.cloud;
  const port = await portOf(under.rds, 'source');
  const ca = await readFile(caFile, 'utf8');
  await sql('INSERT INTO kept SELECT generate_series(1, 5000)');
  await under.cloud.kill();
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
  await under.restart();
  expect(under.cloud.endpoint).toBe(endpoint);
  expect(await portOf(under.rds, 'source')).toBe(port);
  expect(await readFile(under.cloud.caFile, 'utf8')).toBe(ca);
  expect(await source()).toBe('available');
  expect(await sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 5000 }]);
  expect(
    await query(under.cloud, { port: await portOf(under.rds, 'target-1'), user: 'clustermaster' }, 'SELECT 1 AS n'),
  ).toEqual([{ n: 1 }]);
  expect((await under.cloud.journal()).some(({ operation }) => operation === 'CreateDBInstance')).toBe(true);
});

test('work that was under way when it was killed is finished afterwards', async () => {
  await under.cloud.fault({ hold: 'instance.create' });
  await under.cloud.fault({ hold: 'snapshot.create' });
  await under.cloud.fault({ hold: 'instance.delete', id: 'target-1' });
  await under.rds.send(new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'half' }));
  await under.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'half' }));
  await under.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-1' }));
  expect([
    await instanceStatus(under.rds, 'half'),
    await snapshotStatus(under.rds, 'half'),
    await instanceStatus(under.rds, 'target-1'),
  ]).toEqual(['creating', 'creating', 'deleting']);
  await under.cloud.kill();
  await under.restart();
  await until('available', () => instanceStatus(under.rds, 'half'));
  await until('available', () => snapshotStatus(under.rds, 'half'));
  await until('gone', () => instanceStatus(under.rds, 'target-1'));
  expect(await source()).toBe('available');
  expect(
    await query(under.cloud, { port: await portOf(under.rds, 'half'), user: 'master_user' }, 'SELECT 1 AS n'),
  ).toEqual([{ n: 1 }]);
});

test('a graceful stop keeps everything too', async () => {
  await under.cloud.stop();
  await under.restart();
  expect(await sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 5000 }]);
  expect(await source()).toBe('available');
});

test('a server that crashes is restarted behind the same endpoint, with what was committed', async () => {
  await sql('INSERT INTO kept VALUES (6000)');
  await under.cloud.fault({ crash: 'source' });
  await expect
    .poll(() => sql('SELECT count(*)::int AS n FROM kept').catch(() => 'down'), { timeout: 20_000 })
    .toEqual([{ n: 5001 }]);
  expect(await source()).toBe('available');
});

test('held work stays where it is until it is released', async () => {
  await under.cloud.fault({ hold: 'instance.reboot', id: 'source' });
  await under.rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'source' }));
  expect(await source()).toBe('rebooting');
  await expect(
    under.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'source', SkipFinalSnapshot: true })),
  ).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
  expect(await sql('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  await under.cloud.fault({ release: 'instance.reboot', id: 'source' });
  expect(await until('available', source)).toEqual(['rebooting', 'available']);
});

test('failed work ends in the status the service documents, and a failed instance can still be deleted', async () => {
  await under.cloud.fault({ fail: 'snapshot.create' });
  await under.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'broken' }));
  await until('failed', () => snapshotStatus(under.rds, 'broken'));
  expect(await source()).toBe('available');

  await under.cloud.fault({ fail: 'instance.create', id: 'broken', status: 'incompatible-network' });
  await under.rds.send(new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'broken' }));
  await until('incompatible-network', () => instanceStatus(under.rds, 'broken'));
  await expect(
    under.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'broken', FinalDBSnapshotIdentifier: 'x' })),
  ).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' });
  await under.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'broken', SkipFinalSnapshot: true }));
  await until('gone', () => instanceStatus(under.rds, 'broken'));
});

test('the network can be cut in front of one instance, and every fault taken back at once', async () => {
  await under.cloud.fault({ link: 'source', state: 'refuse' });
  await under.cloud.fault({ on: 'ModifyDBInstance', times: 9, do: { error: 'Throttling' } });
  await expect(sql('SELECT 1')).rejects.toThrow(/ECONNRESET|terminated/);
  await under.cloud.fault({ clear: true });
  expect(await sql('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  await expect(under.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'source' }))).resolves.toBeDefined();
});

test.each([
  ['what is no fault', { on: 'X', do: { explode: true } }, 'not a fault'],
  ['a link of nothing', { link: 'nobody', state: 'refuse' }, 'nothing called nobody'],
  ['a crash of nothing', { crash: 'nobody' }, 'DBInstance nobody not found'],
])('refuses %s', async (_what, rule, message) => {
  await expect(under.cloud.fault(rule as Parameters<typeof under.cloud.fault>[0])).rejects.toThrow(message);
});

test('a second cloud in the same folder is refused', async () => {
  await expect(under.restart()).rejects.toThrow(`runs in ${under.root} already, as process ${under.cloud.pid}`);
});
