import { RDSClient } from '@aws-sdk/client-rds';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clients } from '../../../activities/clients.ts';
import type { FeedNews } from '../../../activities/contract.ts';
import { closeTarget } from '../../../activities/cutover/close-target.ts';
import { failure } from '../../../activities/failure.ts';
import { keptLog } from '../../../activities/replication/kept-log.ts';
import { dropSyncSlots, expectSyncSlots } from '../../../activities/replication/sync-slots.ts';
import { watchFeeds } from '../../../activities/replication/watch-feeds.ts';
import { liveVerificationActivities } from '../../../activities/verification/live/index.ts';
import { trackKeys } from '../../../activities/verification/live/key-tracker.ts';
import { takeOver } from '../../../activities/verification/live/tracker-slot.ts';
import { verifyLive } from '../../../activities/verification/live/verify-live.ts';
import { samplePlan } from '../../workflows/sample-plan.ts';
import { until } from '../../until.ts';
import { openStage, type Stage } from './stage.ts';

const NO_NEWS: FeedNews = { trouble: null, stops: null, voids: null };
const GB = 1024 ** 3;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ source: '15', target: '17' });
  await closeTarget(stage.pair.clients)(stage.pair);
  await stage.follow();
  await stage.pair.sql('source', `SET ROLE app_rw; INSERT INTO visits (note) SELECT 'n' FROM generate_series(1, 100)`);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** AWS's answer to the one question that is asked; the servers are real. */
function clientsWith(allocatedGb: number): Clients {
  const rds = new RDSClient({ region: 'eu-west-2', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  rds.middlewareStack.add(
    () => async () => ({ response: {}, output: { $metadata: {}, DBInstances: [{ AllocatedStorage: allocatedGb }] } }),
    { step: 'initialize' },
  );
  return { ...stage.pair.clients, rds: () => rds };
}

interface Look {
  readonly known?: FeedNews;
  readonly sinceMs?: number;
  readonly replication?: { readonly maxRetainedWal: number; readonly minFreeStorage: number };
  readonly clients?: Clients;
}

function look({ known = NO_NEWS, sinceMs = 60_000, replication, clients = clientsWith(1000) }: Look = {}) {
  const plan = { ...samplePlan({ strategy: 'blue-green' }), ...(replication === undefined ? {} : { replication }) };
  const input = { ...stage.pair, plan, known, quietMs: 60_000 };
  return watchFeeds(clients, input, { abort: new AbortController().signal, sinceMs });
}

const NOTHING_NEW = { type: 'ResourceNotReady', category: 'BENIGN', nextRetryDelay: 10_000 };
const verify = () => verifyLive(stage.pair.clients, { ...stage.pair, direction: 'source-to-target' });
/** As a run does it at the beginning of a round. */
const verifyInRound = () =>
  new MockActivityEnvironment().run(() =>
    liveVerificationActivities(stage.pair.clients).verifyLive({ ...stage.pair, direction: 'source-to-target' }),
  );

/** Past what refuses writes there. */
const asReplica = (sql: string) => stage.asSuperuser('target', `SET session_replication_role = replica; ${sql}`);

async function kept(slot: string): Promise<number> {
  const [bytes] = await stage.column(
    'source',
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 FROM pg_replication_slots WHERE slot_name = '${slot}'`,
  );
  return Number(bytes);
}

const fillLog = () =>
  stage.pair.sql(
    'source',
    `SELECT count(pg_logical_emit_message(false, 'noise', repeat('x', 100000))) FROM generate_series(1, 50)`,
  );

describe('while all is well, the watch', () => {
  test('says nothing, and is asked again', async () => {
    await expect(look()).rejects.toMatchObject(NOTHING_NEW);
  });

  test('carries what was verified along, so that the source keeps no log for it', async () => {
    await verify();
    await stage.pair.sql('source', `SET ROLE app_rw; UPDATE visits SET note = 'written at the gate'`);
    await fillLog();
    expect(await kept(stage.names.tracker)).toBeGreaterThan(4_000_000);
    await expect(look()).rejects.toMatchObject(NOTHING_NEW);
    expect(await kept(stage.names.tracker)).toBeLessThan(1_000_000);
  });

  test('leaves the tracker to whoever reads it', async () => {
    const [source, name] = [await stage.open('source'), 'daybreak/test/0'];
    const { tracker: slot, forward: publication } = stage.names;
    const order = { login: stage.pair.source, name, slot, publication, keyOf: () => ['id'] };
    await using reader = await takeOver(source, slot, (start) => trackKeys(stage.pair.clients, { ...order, start }));
    await stage.pair.sql('source', `SET ROLE app_rw; UPDATE visits SET note = 'unsettled' WHERE id = 1`);
    await until('the change', async () => reader.changes.pending.size > 0);
    await expect(look()).rejects.toMatchObject(NOTHING_NEW);
    expect([...(reader.changes.pending.get('"public"."visits"')?.keys.keys() ?? [])]).toEqual(['["1"]']);
    await source.close();
  });

  test('gives way to a comparison that begins beside it', async () => {
    // Nothing is applied, so that the watch waits with the slot in its hands.
    await using lock = await stage.open('target');
    await lock.query('BEGIN; LOCK TABLE visits IN EXCLUSIVE MODE');
    await stage.pair.sql('source', `SET ROLE app_rw; UPDATE visits SET note = 'late' WHERE id = 2`);
    const watching = look().then(
      () => null,
      (error: unknown) => error,
    );
    const readers = `SELECT count(*)::int FROM pg_stat_replication WHERE application_name LIKE '%/watch'`;
    await until('the watch to read the tracker', async () => (await stage.column('source', readers))[0] === 1);
    const verifying = verify();
    await until('it to have given way', async () => (await stage.column('source', readers))[0] === 0);
    await lock.query('ROLLBACK');
    expect(await verifying).toMatchObject({ differences: 0 });
    expect(await watching, 'giving way is no trouble').toMatchObject(NOTHING_NEW);
  });
});

describe('the watch of what the source keeps', () => {
  const small = { maxRetainedWal: 1_000_000, minFreeStorage: 2 * GB };

  test('stops the run past the bound, at once', async () => {
    await stage.pair.sql('target', `ALTER SUBSCRIPTION ${stage.names.forward} DISABLE`);
    await until('nobody to read', async () => {
      const [pid] = await stage.column(
        'source',
        `SELECT active_pid FROM pg_replication_slots WHERE slot_name = '${stage.names.forward}'`,
      );
      return pid === null;
    });
    await fillLog();
    const news = await look({ replication: small, sinceMs: 0 });
    expect(news.stops).toMatch(
      /^the source keeps more than .* of its log for the target \(replication\.maxRetainedWal\)$/,
    );
  });

  test('says nothing of a target that does not follow while it is copied', async () => {
    const begun = 'CREATE TABLE daybreak.live_copy AS SELECT NULL::timestamptz AS finished_at';
    await stage.pair.sql('target', begun);
    await expect(look()).rejects.toMatchObject(NOTHING_NEW);
    await stage.pair.sql('target', 'DROP TABLE daybreak.live_copy');
  });

  test('tells of a target that does not follow', async () => {
    const { trouble, voids } = await look();
    expect([trouble, voids]).toEqual(['the target does not follow: its apply worker does not run, see its log', null]);
    await stage.pair.sql('target', `ALTER SUBSCRIPTION ${stage.names.forward} ENABLE`);
    await until('the target to follow', async () => (await kept(stage.names.forward)) < 1_000_000);
  });

  test('reckons with the storage AWS has given the instance', async () => {
    await using session = await stage.open('source');
    const order = { migration: stage.pair.migration, plan: samplePlan({ strategy: 'blue-green' }) };
    const { freeBytes } = await keptLog(clientsWith(20), session, order);
    const [databases] = await stage.column('source', 'SELECT sum(pg_database_size(oid))::float8 FROM pg_database');
    expect(freeBytes).toBeLessThan(20 * GB - Number(databases));
    expect(freeBytes).toBeGreaterThan(15 * GB);
  });

  test("reckons with the slots of PostgreSQL's own table sync, and no others", async () => {
    await using source = await stage.open('source');
    await using target = await stage.open('target');
    const order = { migration: stage.pair.migration, plan: samplePlan({ strategy: 'blue-green' }) };
    const keptNow = async () => (await keptLog(clientsWith(20), source, order)).retainedBytes;
    const { forward: subscription } = stage.names;
    await expectSyncSlots(source, target, { subscription, tables: ['public.visits'] });
    const [prefix] = await stage.column('source', 'SELECT prefix FROM daybreak.sync_slot');
    for (const slot of [`${String(prefix)}1`, 'pg_1_sync_2_3'])
      await source.query(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    await fillLog();
    await until('the target to follow', async () => (await kept(stage.names.forward)) < 1_000_000);
    expect(await keptNow()).toBeGreaterThan(4_000_000);
    expect(await dropSyncSlots(source)).toBe(true);
    expect(await stage.column('source', 'SELECT slot_name FROM pg_replication_slots')).toContain('pg_1_sync_2_3');
    await source.query(`SELECT pg_drop_replication_slot('pg_1_sync_2_3')`);
    expect(await dropSyncSlots(source)).toBe(false);
  });

  test('says that it could not look, after a while of silence only', async () => {
    const clients: Clients = {
      ...stage.pair.clients,
      rds: () => {
        throw failure('ControlPlaneRefused', 'not allowed');
      },
    };
    const words = 'what the source keeps could not be looked at: not allowed';
    await expect(look({ clients, sinceMs: 0 })).rejects.toMatchObject({ ...NOTHING_NEW, message: words });
    expect((await look({ clients })).trouble).toBe(words);
  });
});

describe('the watch of what was verified', () => {
  test('voids it for a row that differs since', async () => {
    await verify();
    await stage.pair.sql('source', `SET ROLE app_rw; INSERT INTO visits (note) VALUES ('to be lost')`);
    await until(
      'the row',
      async () => (await stage.column('target', `SELECT FROM visits WHERE note = 'to be lost'`)).length > 0,
    );
    await asReplica(`DELETE FROM visits WHERE note = 'to be lost'`);
    const news = await look({ sinceMs: 0 });
    expect(news.voids).toBe('tables that were equal differ now: public.visits');
    await expect(look({ known: news })).rejects.toMatchObject({ type: 'ResourceNotReady' });
    await stage.pair.sql('source', `SET ROLE app_rw; DELETE FROM visits WHERE note = 'to be lost'`);
  });

  test('voids it for a schema that was changed on one side', async () => {
    await stage.pair.sql('source', `SET ROLE app_rw; CREATE TABLE made_since (id int PRIMARY KEY)`);
    const { voids, trouble } = await look({ sinceMs: 0 });
    expect(voids).toMatch(/made_since.* is only on the side that writes/);
    expect(trouble).toBe(voids);
    await stage.pair.sql('source', 'DROP TABLE made_since');
  });

  test('voids it for a table that takes writes, made on both sides since; the next comparison closes it first', async () => {
    const made = `SET ROLE app_rw; CREATE TABLE days_top PARTITION OF days FOR VALUES FROM (20) TO (30)`;
    for (const side of ['source', 'target'] as const) await stage.pair.sql(side, made);
    await stage.pair.sql(
      'target',
      `ALTER SUBSCRIPTION ${stage.names.forward} REFRESH PUBLICATION WITH (copy_data = false)`,
    );
    const news = await look({ sinceMs: 0 });
    expect(news.voids).toBe(
      'public.days_top of the target takes writes, for it was made since: its rows have to be compared again',
    );
    const stray = 'SET ROLE app_rw; INSERT INTO days_top VALUES (21, 1)';
    await stage.pair.sql('target', stray);
    await until(
      'the feed to have taken it up',
      async () =>
        (await stage.column('target', `SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r'`)).length === 0,
    );
    expect(await verifyInRound()).toMatchObject({ differing: ['public.days_top'] });
    await expect(stage.pair.sql('target', stray)).rejects.toThrow(/was migrated/);
    await asReplica('DELETE FROM days_top');
    expect(await verifyInRound()).toMatchObject({ differing: [] });
    await expect(look({ sinceMs: 0 })).rejects.toMatchObject(NOTHING_NEW);
  });

  test('voids it where too much changed to follow', async () => {
    await stage.pair.sql('source', `SET ROLE app_rw; TRUNCATE days`);
    expect((await look({ sinceMs: 0 })).voids).toMatch(/^too much changed to follow in public\.days/);
  });

  test('is no verdict where a side cannot be looked at', async () => {
    await stage.pair.servers.target.stop('immediate');
    const news = await look();
    expect(news).toMatchObject({ voids: null, stops: null });
    expect(news.trouble).toMatch(/^the feed could not be looked at: /);
    await stage.pair.servers.target.start();
  });
});
