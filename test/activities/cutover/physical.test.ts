import {
  CreateDBParameterGroupCommand,
  DescribeDBClustersCommand,
  ModifyDBParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HandOver, Login } from '../../../activities/contract.ts';
import type { AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { rollBack } from '../../../activities/cutover/roll-back.ts';
import { takeOverCopy } from '../../../activities/cutover/take-over-copy.ts';
import { takeOverRehearsal } from '../../../activities/cutover/take-over-rehearsal.ts';
import { awaitReplay } from '../../../activities/replication/await-replay.ts';
import { dropReplication } from '../../../activities/replication/drop-replication.ts';
import { tryWayBack } from '../../../activities/replication/try-way-back.ts';
import { migrationId } from '../../../model/names.ts';
import type { MigrationPlan } from '../../../model/plan.ts';
import { ownerOf, settle } from '../rds/cloud-stage.ts';
import { until } from '../../until.ts';
import { APP, makeInstance, openPhysicalStage, type PhysicalStage } from './physical-stage.ts';

let world: PhysicalStage;
beforeAll(async () => {
  world = await openPhysicalStage();
}, 180_000);
afterAll(() => world.stop());

const order = (plan: MigrationPlan, target: Login, handOver: string): HandOver => ({
  migration: migrationId(plan),
  source: world.source,
  target,
  plan,
  handOver,
  expiresAt: null,
  engineVersion: '15.18',
});

const write = (login: Login, said: string) =>
  world.ask({ ...login, user: APP.name, password: APP.password }, `INSERT INTO ledger (said) VALUES ('${said}')`);
const count = async (login: Login): Promise<number> =>
  Number((await world.ask<{ n: string }>(login, 'SELECT count(*) AS n FROM ledger'))[0]?.n);

describe('a cutover by an Aurora read replica whose worker dies', () => {
  let plan: MigrationPlan;
  let target: Login;
  beforeAll(async () => {
    plan = world.planFor('replica');
    await world.makeGroup(plan);
    target = await world.makeTarget(plan);
    await settle((input: Parameters<typeof awaitReplay>[1]) => awaitReplay(world.stage.clients, input), {
      ...order(plan, target, 'a'),
      maxLagBytes: 1_000,
    });
  }, 180_000);
  afterAll(() => world.clearTarget(plan), 120_000);

  test('about to promote it leaves the source with its writes, and the replica following', async () => {
    expect(await world.killAt('promote', order(plan, target, 'a'), 10)).toBe('given-back');
    await write(world.source, 'after the first');
    await until('the replica has the write', async () => (await count(target)) === 501);
    // Whose roles are the source's: the try before the gate leaves none on either.
    expect(await tryWayBack(world.stage.clients, order(plan, target, 'a'))).toEqual({ obstacle: null });
    expect(await world.ask(world.source, `SELECT FROM pg_roles WHERE rolname ~ '^daybreak_'`)).toEqual([]);
    expect(await dropReplication(world.stage.clients, order(plan, target, 'a')), 'a standby is passed over').toBe(
      'absent',
    );
    // The replica's row is the source's own: it says nothing of who writes on the target.
    expect(await world.states(order(plan, target, 'a'))).toEqual(['open', null]);
  }, 120_000);

  test('after the promotion it leaves the source with its writes, and a copy that nobody may enter', async () => {
    expect(await world.killAt('take over the copy', order(plan, target, 'b'), 30)).toBe('given-back');
    await write(world.source, 'after the second');
    expect(await world.ask(target, 'SELECT pg_is_in_recovery() AS follows')).toEqual([{ follows: false }]);
    expect(await world.states(order(plan, target, 'b'))).toEqual(['open', null]);
    await expect(write(target, 'astray')).rejects.toMatchObject({ type: 'DatabaseRefused' });
    // Thawed, the dead attempt finds that its successor claimed the copy; nor does another hand-over take it for its own.
    for (const behind of [
      { handOver: 'b', token: 30 },
      { handOver: 'c', token: 40 },
    ]) {
      await using session = await world.stage.clients.openSession(target, { name: 'test' });
      const { migration } = order(plan, target, 'b');
      await expect(takeOverCopy(world.stage.clients, target, session, { migration, behind })).rejects.toMatchObject({
        type: 'VerificationFailed',
      });
    }
  }, 120_000);
});

describe('a cutover by snapshot', () => {
  let plan: MigrationPlan;
  let rehearsal: Login;
  let publisher: Login;
  const slot = () =>
    world.ask(publisher, 'SELECT slot_name, active, confirmed_flush_lsn::text AS at FROM pg_replication_slots');
  const subscriptions = (login: Login) => world.ask(login, 'SELECT subname, subenabled FROM pg_subscription');

  beforeAll(async () => {
    const asPlanned = world.planFor('snapshot');
    // Part of the application logs in as the master user, whom the copy knows, too.
    const master = { name: world.source.user, password: world.source.password };
    plan = { ...asPlanned, roles: [APP, master], target: { ...asPlanned.target, ...UPKEEP } };
    publisher = await makePublisher();
    await world.ask(world.source, 'CREATE TABLE fed (n int PRIMARY KEY)');
    const { host, port, database, user, password } = publisher;
    const secret = await world.stage.clients.readSecret(password);
    const connection = `host=${host} port=${port} dbname=${database} user=${user} password=${secret} sslmode=require`;
    await world.ask(world.source, `CREATE SUBSCRIPTION feed CONNECTION '${connection}' PUBLICATION feed`);
    await until('the source was fed', async () => (await world.ask(world.source, 'SELECT FROM fed')).length === 1);
  }, 180_000);
  afterAll(() => world.clearTarget(plan), 120_000);

  test('rehearses with a copy whose subscriptions never touch the live slot', async () => {
    const snapshot = { ...ownerOf(plan), snapshot: 'rehearsed' };
    await settle(world.stage.activities.ensureSnapshot, { ...snapshot, purpose: 'safety' as const });
    await settle(world.stage.activities.awaitSnapshot, snapshot);
    await world.ask(world.source, 'ALTER SUBSCRIPTION feed DISABLE');
    await until('the slot is free to be taken', async () => {
      const [seen] = await world.ask<{ active: boolean }>(publisher, 'SELECT active FROM pg_replication_slots');
      return seen?.active === false;
    });
    await world.ask(publisher, 'INSERT INTO fed VALUES (2)');
    const before = await slot();
    rehearsal = await world.makeTarget(plan, 'rehearsed');
    expect(await upkeep(plan)).toEqual(UPKEEP);
    expect(await subscriptions(rehearsal)).toEqual([{ subname: 'feed', subenabled: true }]);
    const workers = `SELECT FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%'`;
    expect(await world.ask(rehearsal, workers)).toEqual([]);
    await takeOverRehearsal(world.stage.clients)(order(plan, rehearsal, 'c'));
    expect(await subscriptions(rehearsal)).toEqual([]);
    await expect(world.ask(rehearsal, 'DELETE FROM ledger')).rejects.toThrow('was migrated');
    expect(await slot()).toEqual(before);
    expect(await world.states(order(plan, rehearsal, 'c'))).toEqual(['open', 'closed']);
    await world.ask(world.source, 'ALTER SUBSCRIPTION feed ENABLE');
    await until(
      'the row went to the source',
      async () => (await world.ask(world.source, 'SELECT FROM fed')).length === 2,
    );
  }, 180_000);

  test('is completed by a successor of a worker that dies after the commit, with every row and the way back', async () => {
    await world.clearTarget(plan);
    await write(world.source, 'the last one');
    const handOver: HandOver = { ...order(plan, rehearsal, 'c'), feedsBack: true };
    expect(await world.killAt('open', handOver, 100)).toBe('completed');
    expect(await world.states(handOver)).toEqual(['given', 'taken']);
    expect(await upkeep(plan), 'made anew behind the fence').toEqual(UPKEEP);
    expect(await count(rehearsal)).toBe(await count(world.source));
    expect(await subscriptions(rehearsal)).toEqual([]);
    await write(rehearsal, 'the first one');
    await expect(write(world.source, 'too late')).rejects.toMatchObject({ type: 'DatabaseRefused' });
    await world.ask(rehearsal, `INSERT INTO ledger (said) VALUES ('of the master')`);
    await expect(world.ask(world.source, 'DELETE FROM ledger')).rejects.toThrow('was migrated');
    await until('the write is on the source', async () => (await count(world.source)) === (await count(rehearsal)));
  }, 180_000);

  test('loses nothing on its way back', async () => {
    await write(rehearsal, 'the last one there');
    const back: AttemptOrder = {
      clients: world.stage.clients,
      handOver: { ...order(plan, rehearsal, 'r'), feedsBack: true },
      direction: 'target-to-source',
      token: 200,
      abort: new AbortController().signal,
      onStep: () => undefined,
    };
    expect(await rollBack(back, false)).toMatchObject({ direction: 'target-to-source', writesLost: 0 });
    await write(world.source, 'home again');
    expect(
      (await world.ask<{ said: string }>(world.source, 'SELECT said FROM ledger')).map(({ said }) => said),
    ).toEqual(expect.arrayContaining(['the first one', 'the last one there', 'home again']));
    await expect(write(rehearsal, 'too late')).rejects.toMatchObject({ type: 'DatabaseRefused' });
  }, 60_000);
});

/** What a restore takes no word of. */
const UPKEEP = { maintenanceWindow: 'tue:04:00-tue:05:00', autoMinorVersionUpgrade: false };

async function upkeep({ target }: MigrationPlan): Promise<typeof UPKEEP> {
  const { rds } = world.stage;
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: target.cluster }));
  const { PreferredMaintenanceWindow: maintenanceWindow = '', AutoMinorVersionUpgrade = true } = DBClusters?.[0] ?? {};
  return { maintenanceWindow, autoMinorVersionUpgrade: AutoMinorVersionUpgrade };
}

async function makePublisher(): Promise<Login> {
  const { rds } = world.stage;
  const DBParameterGroupName = 'publishing';
  await rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName,
      DBParameterGroupFamily: 'postgres15',
      Description: 'publishes',
    }),
  );
  const on = { ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyMethod: 'pending-reboot' as const };
  await rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters: [on] }));
  const login = await makeInstance(world.stage, 'publisher', DBParameterGroupName);
  await world.ask(
    login,
    'CREATE TABLE fed (n int PRIMARY KEY); INSERT INTO fed VALUES (1); CREATE PUBLICATION feed FOR TABLE fed',
  );
  return login;
}
