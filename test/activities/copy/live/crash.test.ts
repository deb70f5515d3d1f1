import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { doMarked } from '../../../../activities/copy/live/copy-state.ts';
import { claimTarget } from '../../../../activities/copy/target-claim.ts';
import { until } from '../../../until.ts';
import { BRISK, failureOf, onceAt, openCrashStage, SLOW, TABLES, writes, type CrashStage } from './crash-stage.ts';
import { startLiveWriters } from './live-writers.ts';

describe('a live copy that is ended on its way', { timeout: 180_000 }, () => {
  let stage: CrashStage;
  beforeAll(async () => {
    stage = await openCrashStage('15', '15');
  });
  afterEach(() => stage.startOver());
  afterAll(() => stage.pair.stop());

  const sessions = async (): Promise<object[]> => [
    ...(await stage.pair.sql(
      'source',
      `SELECT query FROM pg_stat_activity WHERE application_name ~ '^daybreak/.*/[0-9]+$'`,
    )),
    ...(await stage.pair.sql('target', `SELECT query FROM pg_stat_activity WHERE application_name ~ '^daybreak/'`)),
  ];
  test('by kill -9 at half goes on from the same snapshot, and copies no table twice', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    const attempt = await stage.attemptInAProcess('SIGKILL');
    expect(await attempt.end()).toMatchObject({ signal: 'SIGKILL' });
    const [before, files] = [await stage.slotLsn(), await stage.filesOfDone()];
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.length).toBeLessThan(TABLES);
    expect(await stage.leases()).toHaveLength(1);
    await writers.progress();
    const facts = await stage.copy();
    expect(facts).toMatchObject({ tables: TABLES + 1 });
    expect(await stage.slotLsn()).toEqual(before);
    expect(await stage.filesOfDone()).toEqual(expect.arrayContaining(files));
    expect(await stage.leases()).toEqual([]);
    await writers.stop();
    await stage.demandEqual();
  });

  test('by being frozen changes nothing when it thaws beside its successor', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    const frozen = await stage.attemptInAProcess('SIGSTOP');
    const state = async (): Promise<string> => (await execa('ps', ['-o', 'state=', '-p', String(frozen.pid)])).stdout;
    try {
      await until('the first attempt to freeze', async () => (await state()).startsWith('T'));
      expect(await stage.copy()).toMatchObject({ tables: TABLES + 1 });
    } finally {
      frozen.thaw();
    }
    expect((await frozen.end()).stdout).toMatch(/^there\n.*"failure"/s);
    await writers.stop();
    await stage.demandEqual();
  });

  test('by an abort leaves no session but the leased snapshot, and goes on from there', async () => {
    const abort = new AbortController();
    const failed = await failureOf(
      stage.copy({
        bytesPerSecond: BRISK,
        abort: abort.signal,
        heartbeat: ({ tablesDone }) => {
          if (tablesDone >= 3) abort.abort(new Error('the worker is shut down'));
        },
      }),
    );
    expect(failed).toMatchObject({ message: 'the worker is shut down' });
    await until('no session but the lease', async () => (await sessions()).length === 0);
    expect(await stage.leases()).toHaveLength(1);
    const [before, files] = [await stage.slotLsn(), await stage.filesOfDone()];
    await stage.copy();
    expect(await stage.slotLsn()).toEqual(before);
    expect(await stage.filesOfDone()).toEqual(expect.arrayContaining(files));
    await stage.demandEqual();
  });

  test('because a table was altered says so, and begins anew when it is tried again', async () => {
    // Writes the table anew: a reader in an older snapshot finds it empty.
    const alter = onceAt(1, () => stage.pair.sql('source', 'ALTER TABLE t7 ALTER COLUMN v TYPE bigint', 'app_rw'));
    const failed = await failureOf(stage.copy({ bytesPerSecond: SLOW, heartbeat: alter.heartbeat }));
    await alter.done();
    expect(failed).toMatchObject({
      type: 'CopyFailed',
      message: expect.stringMatching(/table "public"."t7" was altered or dropped/) as string,
    });
    await stage.copy();
    await stage.demandEqual();
    await stage.pair.sql('source', 'ALTER TABLE t7 ALTER COLUMN v TYPE int', 'app_rw');
  });

  test('may meet a table that was emptied meanwhile: the stream empties it again', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    const empty = onceAt(1, () => stage.pair.sql('source', 'TRUNCATE t7', 'app_rw'));
    await stage.copy({ bytesPerSecond: SLOW, heartbeat: empty.heartbeat });
    await empty.done();
    expect(await stage.pair.sql('target', 'SELECT id FROM t7')).toEqual([]);
    await writers.stop();
    await stage.demandEqual();
  });

  test('with the target restarted goes on with the tables that were done', async () => {
    const { target } = stage.pair.servers;
    const restart = onceAt(3, () => target.stop('immediate').then(() => target.start()));
    const failed = await failureOf(stage.copy({ bytesPerSecond: SLOW, heartbeat: restart.heartbeat }));
    expect(failed).toMatchObject({ type: 'DatabaseUnreachable' });
    await restart.done();
    const before = await stage.slotLsn();
    await stage.copy();
    expect(await stage.slotLsn()).toEqual(before);
    await stage.demandEqual();
  });

  test('after which somebody dropped its slot is made anew, for no stream fits it any more', async () => {
    await stage.copy();
    const before = await stage.slotLsn();
    await stage.pair.sql('source', `SELECT pg_drop_replication_slot('${stage.forward}')`);
    await stage.pair.sql('source', `UPDATE t1 SET v = -1`, 'app_rw');
    await stage.copy();
    expect(await stage.slotLsn()).not.toEqual(before);
    await stage.demandEqual();
  });

  test('and is subscribed to all the same is refused: rows would be copied over those that came since', async () => {
    await stage.copy();
    await stage.follow();
    await stage.pair.sql('target', 'UPDATE daybreak.live_copy SET finished_at = NULL');
    expect(await failureOf(stage.copy())).toMatchObject({
      type: 'CopyFailed',
      message: expect.stringMatching(/found subscription daybreak_forward_.*wanted none before/) as string,
    });
    await stage.demandEqualNow();
  });

  test('and whose slot another process reads is refused, and leaves the slot alone', async () => {
    await stage.copy();
    await stage.follow('somebody');
    await stage.pair.sql('target', 'DROP SCHEMA daybreak CASCADE');
    await stage.prepare();
    expect(await failureOf(stage.copy())).toMatchObject({
      type: 'CustodyHeldElsewhere',
      message: expect.stringMatching(/slot daybreak_forward_.* is in use by process \d+/) as string,
    });
    await stage.demandEqualNow();
    await stage.pair.servers.target.sql(`ALTER SUBSCRIPTION somebody RENAME TO ${stage.forward}`, [], 'app');
  });

  test('and overtaken writes nothing any more, however late its session comes', async () => {
    const { clients, target, source, migration } = stage.pair;
    await using early = await clients.openSession(target, { name: 'early' });
    const claim = await claimTarget(() => clients.openSession(source, { name: 'early' }), early, {
      migration,
      token: 0,
    });
    await stage.copy();
    const late = doMarked(early, claim, async () => void (await early.query('TRUNCATE t0 CASCADE')), 'late');
    await expect(late).rejects.toMatchObject({ type: 'TokenOutdated' });
    await stage.demandEqual();
  });

  test('outlasts the limits the server sets on sessions that wait', async () => {
    const { source, target } = stage.pair.servers;
    await source.sql(`ALTER DATABASE app SET idle_session_timeout = '200ms'`);
    await target.sql(`ALTER DATABASE app SET idle_session_timeout = '200ms'`);
    expect(await stage.copy({ bytesPerSecond: SLOW })).toMatchObject({ tables: TABLES + 1 });
    for (const server of [source, target]) await server.sql('ALTER DATABASE app RESET idle_session_timeout');
    await stage.demandEqual();
  });

  test('is not begun behind a fence', async () => {
    await stage.pair.sql('target', `UPDATE daybreak.custody SET state = 'taken'`);
    expect(await failureOf(stage.copy())).toMatchObject({ type: 'CustodyHeldElsewhere' });
    expect(await stage.pair.sql('source', 'SELECT slot_name FROM pg_replication_slots')).toEqual([]);
  });
});
