import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import { lookAtSync } from '../../../../activities/copy/live/sync-look.ts';
import { publishedRows } from '../../../../activities/copy/live/lost-snapshot.ts';
import { catalogueDrift } from '../../../../activities/replication/catalogue-drift.ts';
import { dropReplication } from '../../../../activities/replication/drop-replication.ts';
import { followSource } from '../../../../activities/replication/follow-source.ts';
import { expectSyncSlots } from '../../../../activities/replication/sync-slots.ts';
import { verifyLive } from '../../../../activities/verification/live/verify-live.ts';
import { replicationNames } from '../../../../model/names.ts';
import { until } from '../../../until.ts';
import { BRISK, failureOf, onceAt, openCrashStage, SLOW, TABLES, writes, type CrashStage } from './crash-stage.ts';
import { startLiveWriters } from './live-writers.ts';

/**
 * Small, so that they are copied last, and left when the snapshot is lost: partitions, a table that rows of the biggest refer to, one with
 * a generated column and no other identity than an index, one with neither key nor index. And a view that is filled from one of them.
 */
const LAST = `
CREATE TABLE days (day int, id int, note text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE days_low PARTITION OF days FOR VALUES FROM (0) TO (10);
CREATE TABLE days_high PARTITION OF days FOR VALUES FROM (10) TO (20);
INSERT INTO days SELECT n % 20, n, 'day' FROM generate_series(1, 200) n;
CREATE TABLE kinds (id int PRIMARY KEY); INSERT INTO kinds VALUES (1), (2);
ALTER TABLE t0 ADD kind int NOT NULL DEFAULT 1 REFERENCES kinds;
CREATE TABLE by_index (a int NOT NULL, b int, twice int GENERATED ALWAYS AS (a * 2) STORED);
CREATE UNIQUE INDEX by_index_a ON by_index (a); ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_a;
INSERT INTO by_index SELECT n, n FROM generate_series(1, 50) n;
CREATE TABLE plain (n int); ALTER TABLE plain REPLICA IDENTITY FULL; INSERT INTO plain VALUES (1);
CREATE MATERIALIZED VIEW notes AS SELECT count(*) AS count FROM days`;
/** The sentinel of the stage, and those above. */
const ALL = TABLES + 1 + 5;
const more = (writer: number, n: number): string =>
  `${writes(writer, n)}; UPDATE days SET note = 'n${n}' WHERE id = ${1 + (n % 200)}; UPDATE days SET day = (day + 7) % 20 WHERE id = ${1 + ((n + writer * 90) % 180)};
   UPDATE by_index SET b = b + 1 WHERE a = ${1 + (n % 50)}; DELETE FROM by_index WHERE a = ${50 - writer - ((2 * n) % 20)}`;

/** To a newer major, where rows are applied as the table's owner and a subscription's owner needs a password. */
describe('a live copy that has lost its snapshot', { timeout: 180_000 }, () => {
  let stage: CrashStage;
  beforeAll(async () => {
    stage = await openCrashStage('15', '17', LAST);
  });
  afterEach(() => stage.startOver());
  afterAll(() => stage.pair.stop());

  const subscription = (): Promise<object[]> =>
    stage.pair.sql('target', 'SELECT subenabled, subpublications::text[] FROM pg_subscription');
  const DISABLED = () => [{ subenabled: false, subpublications: [stage.forward] }];
  /** Slot and publication. */
  const FEED = () => [{ name: stage.forward }, { name: stage.forward }];
  const traces = (): Promise<object[]> =>
    stage.pair.sql(
      'source',
      'SELECT slot_name AS name FROM pg_replication_slots UNION ALL SELECT pubname FROM pg_publication ORDER BY 1',
    );

  const workers = async (count: number): Promise<void> => {
    const { target } = stage.pair.servers;
    await target.sql(`ALTER SYSTEM SET max_sync_workers_per_subscription = ${count}`);
    await target.sql('SELECT pg_reload_conf()');
  };
  /** Whether the target hears from the source, as an attempt sees it. */
  const untilHeard = async (heard: boolean): Promise<void> => {
    await using into = await stage.pair.clients.openSession(stage.pair.target, { name: 'test' });
    await until(
      heard ? 'the target to hear from the source' : 'the target to hear nothing more of the source',
      async () => (await lookAtSync(into, stage.forward)).streams === heard,
    );
  };
  /** The transactions that loaded small tables, which come last, and whose rows nobody changes meanwhile. */
  const whenLoaded = (): Promise<object[]> =>
    stage.pair.sql('target', `SELECT DISTINCT xmin::text FROM days UNION ALL SELECT DISTINCT xmin::text FROM kinds`);

  /** Constraints hold for rows of both kinds, views are filled, and nothing of the catalogue is missing. */
  async function demandWhatNeedsAllRows(): Promise<void> {
    expect(await stage.pair.sql('target', 'SELECT conname FROM pg_constraint WHERE NOT convalidated')).toEqual([]);
    expect(await stage.pair.sql('target', 'SELECT count::int FROM notes')).toEqual([{ count: 200 }]);
    await using giver = await stage.pair.clients.openSession(stage.pair.source, { name: 'test' });
    await using taker = await stage.pair.clients.openSession(stage.pair.target, { name: 'test' });
    expect(await catalogueDrift(giver, taker)).toEqual([]);
  }

  /** Also of a table sync that had not come to its end. */
  async function demandUndone(): Promise<void> {
    const { clients, source, target } = stage.pair;
    await using from = await clients.openSession(source, { name: 'test' });
    await using into = await clients.openSession(target, { name: 'test' });
    await expectSyncSlots(from, into, { subscription: stage.forward, tables: ['t7'] });
    await from.query(
      `SELECT pg_create_logical_replication_slot(prefix || '7', 'pgoutput') FROM daybreak.sync_slot ORDER BY prefix LIMIT 1`,
    );
    await from.query(`CREATE PUBLICATION ${replicationNames(stage.pair.migration).copied}`);
    expect(await dropReplication(clients, stage.pair)).toBe('undone');
    expect(await traces()).toEqual([]);
    expect(await from.query(`SELECT to_regclass('daybreak.sync_slot') AS at`)).toEqual([{ at: null }]);
  }

  /** Ends a copy as soon as three tables are done, and its lease with it. */
  async function loseTheSnapshot(): Promise<void> {
    const abort = new AbortController();
    const heartbeat = ({ tablesDone }: LiveProgress): void => {
      if (tablesDone >= 3) abort.abort(new Error('ended'));
    };
    expect(await failureOf(stage.copy({ bytesPerSecond: BRISK, abort: abort.signal, heartbeat }))).toMatchObject({
      message: 'ended',
    });
    for (const { pid } of await stage.leases())
      await stage.pair.sql('source', `SELECT pg_terminate_backend(${pid}, 5000)`);
  }

  /** Does a deed once the subscription brings all tables; `done` waits for its end. */
  function onceSyncing(deed: () => Promise<unknown>) {
    const deeds: Promise<unknown>[] = [];
    const SYNCING = [{ subenabled: true, subpublications: [stage.forward] }];
    const isSyncing = async (): Promise<boolean> => isDeepStrictEqual(await subscription(), SYNCING);
    const heartbeat = ({ stage: at }: LiveProgress): void => {
      if (at === 'sync' && deeds.length === 0) deeds.push(until('PostgreSQL to sync', isSyncing).then(deed));
    };
    return { heartbeat, done: () => Promise.all(deeds) };
  }

  test('by a restart of the source keeps the tables that were done, and lets PostgreSQL sync the others', async () => {
    await using writers = startLiveWriters(stage.pair, more);
    const { source } = stage.pair.servers;
    const restart = onceAt(3, () => source.stop('fast').then(() => source.start()));
    expect(await failureOf(stage.copy({ bytesPerSecond: SLOW, heartbeat: restart.heartbeat }))).toMatchObject({
      type: 'DatabaseUnreachable',
    });
    await restart.done();
    const [before, files] = [await stage.slotLsn(), await stage.filesOfDone()];
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.length).toBeLessThan(TABLES);
    await writers.progress();

    const pause = new AbortController();
    const heartbeat = ({ stage: at, tablesDone }: LiveProgress): void => {
      if (at === 'sync' && tablesDone > files.length) pause.abort(new Error('paused'));
    };
    expect(await failureOf(stage.copy({ abort: pause.signal, heartbeat }))).toMatchObject({ message: 'paused' });
    expect(await subscription()).toEqual(DISABLED());
    expect(await stage.pair.sql('target', 'SELECT FROM pg_stat_subscription WHERE pid IS NOT NULL')).toEqual([]);
    await writers.progress();

    expect(await stage.copy()).toMatchObject({ tables: ALL });
    expect(await stage.slotLsn()).toEqual(before);
    expect(await stage.filesOfDone()).toEqual(expect.arrayContaining(files));
    expect(await traces()).toEqual(FEED());
    expect(await subscription()).toEqual(DISABLED());
    await demandWhatNeedsAllRows();

    await followSource(stage.pair.clients, stage.pair);
    await writers.progress();
    const compared = await verifyLive(stage.pair.clients, { ...stage.pair, direction: 'source-to-target' });
    expect(compared).toMatchObject({ differences: 0 });
    await writers.stop();
    await stage.catchUp();
    await stage.demandEqualNow();
    await demandUndone();
  });

  test('by kill -9 while PostgreSQL syncs goes on, waits for a source that goes away as well, and copies no table twice', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    await loseTheSnapshot();
    const [before, files] = [await stage.slotLsn(), await stage.filesOfDone()];
    const early = new AbortController();
    const atOnce = ({ stage: at }: LiveProgress): void => {
      if (at === 'sync') early.abort(new Error('early'));
    };
    expect(await failureOf(stage.copy({ abort: early.signal, heartbeat: atOnce }))).toMatchObject({ message: 'early' });
    // One table waits as long as somebody holds it; a second worker brings the others.
    await workers(2);
    await using holder = await stage.pair.clients.openSession(stage.pair.target, { name: 'holder' });
    await holder.query('BEGIN; LOCK TABLE plain IN SHARE MODE');
    const attempt = await stage.attemptInAProcess('SIGKILL', { stage: 'sync', done: ALL - 1 });
    expect(await attempt.end()).toMatchObject({ signal: 'SIGKILL' });
    const loaded = await whenLoaded();
    await writers.progress();
    await untilHeard(true);

    const { source } = stage.pair.servers;
    const beats: LiveProgress[] = [];
    const stop = onceAt(ALL - 1, () => source.stop('fast'));
    const heartbeat = (beat: LiveProgress): void => {
      beats.push(beat);
      stop.heartbeat(beat);
    };
    expect(await failureOf(stage.copy({ heartbeat, bytesPerSecond: BRISK }))).toMatchObject({
      type: 'DatabaseUnreachable',
    });
    await stop.done();
    await untilHeard(false);
    await source.start();
    expect(beats.at(-1)).toMatchObject({
      stage: 'sync',
      remark: expect.stringContaining('2 at a time, which copy.bytesPerSecond does not bound') as string,
      underWay: [{ table: '"public"."plain"' }],
    });
    await writers.progress();

    await holder.query('ROLLBACK');
    expect(await stage.copy()).toMatchObject({ tables: ALL });
    await workers(1);
    expect(await stage.slotLsn()).toEqual(before);
    expect(await stage.filesOfDone()).toEqual(expect.arrayContaining(files));
    expect(await whenLoaded()).toEqual(loaded);
    expect(await traces()).toEqual(FEED());
    await followSource(stage.pair.clients, stage.pair);
    await writers.progress();
    const compared = await verifyLive(stage.pair.clients, { ...stage.pair, direction: 'source-to-target' });
    expect(compared).toMatchObject({ differences: 0 });
    await writers.stop();
    await stage.catchUp();
    await stage.demandEqualNow();
    await demandUndone();
  });

  test('tells of a table that cannot be synced, and goes on when that is mended', async () => {
    await loseTheSnapshot();
    const files = await stage.filesOfDone();
    await stage.pair.sql('target', 'ALTER TABLE by_index DROP COLUMN b');
    expect(await failureOf(stage.copy())).toMatchObject({
      type: 'CopyFailed',
      message: expect.stringMatching(
        /fails again and again, see the target's log; 1 tables wait, first "public"."by_index"/,
      ) as string,
    });
    expect(await traces()).toEqual([...FEED(), { name: expect.stringMatching(/^pg_\d+_sync_\d+_\d+$/) as string }]);
    await stage.pair.sql('target', 'ALTER TABLE by_index ADD COLUMN b int');
    expect(await stage.copy()).toMatchObject({ tables: ALL });
    expect(await stage.filesOfDone()).toEqual(expect.arrayContaining(files));
    expect(await traces()).toEqual(FEED());
  });

  test('says so where its subscription is disabled by hand, and begins anew where the slot is gone', async () => {
    await loseTheSnapshot();
    const before = await stage.slotLsn();
    await stage.pair.sql('target', 'ALTER TABLE by_index DROP COLUMN b');
    const disable = onceSyncing(() => stage.pair.sql('target', `ALTER SUBSCRIPTION ${stage.forward} DISABLE`));
    expect(await failureOf(stage.copy(disable))).toMatchObject({
      type: 'CopyFailed',
      message: expect.stringMatching(/was disabled while it brings the rest of the tables/) as string,
    });
    await disable.done();
    await until('nobody to read', async () => {
      const readers = await stage.pair.sql('source', 'SELECT FROM pg_replication_slots WHERE active');
      return readers.length === 0;
    });
    await stage.pair.sql('source', `SELECT pg_drop_replication_slot('${stage.forward}')`);
    await stage.copy();
    expect(await stage.slotLsn()).not.toEqual(before);
    expect(await traces()).toEqual(FEED());
    await stage.demandEqual();
  });

  test('sees which of the published tables have row security', async () => {
    await using session = await stage.pair.clients.openSession(stage.pair.source, { name: 'test' });
    await stage.pair.sql('source', 'ALTER TABLE kinds ENABLE ROW LEVEL SECURITY', 'app_rw');
    const published = await publishedRows(session, stage.forward);
    await stage.pair.sql('source', 'ALTER TABLE kinds DISABLE ROW LEVEL SECURITY', 'app_rw');
    expect(published).toHaveLength(ALL);
    expect(published.filter(({ rowSecurity }) => rowSecurity)).toEqual([
      { name: '"public"."kinds"', rowSecurity: true },
    ]);
  });

  test('begins anew where a table was altered while it was synced', async () => {
    await loseTheSnapshot();
    const before = await stage.slotLsn();
    await stage.pair.sql('target', 'ALTER TABLE by_index DROP COLUMN b');
    const alter = onceSyncing(() => stage.pair.sql('source', 'ALTER TABLE by_index ADD COLUMN c int', 'app_rw'));
    expect(await failureOf(stage.copy(alter))).toMatchObject({
      type: 'CopyFailed',
      message: expect.stringMatching(/table "public"."by_index" was altered or dropped/) as string,
    });
    await alter.done();
    expect(await traces()).toEqual([{ name: stage.forward }]);
    expect(await stage.pair.sql('target', 'SELECT FROM pg_subscription')).toEqual([]);
    await stage.copy();
    expect(await stage.slotLsn()).not.toEqual(before);
    await stage.demandEqual();
  });
});
