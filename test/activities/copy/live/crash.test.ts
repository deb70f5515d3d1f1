import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import { doMarked } from '../../../../activities/copy/live/copy-state.ts';
import { followSource } from '../../../../activities/replication/follow-source.ts';
import { claimTarget } from '../../../../activities/copy/target-claim.ts';
import { leaseName } from '../../../../activities/copy/live/lease.ts';
import { PROGRAM } from '../../../program.ts';
import { until } from '../../../until.ts';
import type { CopyProcessInput } from './copy-process.ts';
import { openLiveStage, type LiveStage } from './live-stage.ts';
import { startLiveWriters } from './live-writers.ts';

/** Eight tables, the biggest first in the order of work, as in every copy. */
const TABLES = 8;
const SCHEMA = Array.from(
  { length: TABLES },
  (_, n) =>
    `CREATE TABLE t${n} (id int PRIMARY KEY, v int, pad text); CREATE INDEX ON t${n} (v);
     INSERT INTO t${n} SELECT g, g, repeat(md5(g::text), 4) FROM generate_series(1, ${3000 - n * 200}) g;
     ${n === 0 ? '' : `ALTER TABLE t${n} ADD FOREIGN KEY (id) REFERENCES t${n - 1}`}`,
).join(';');
/** Bytes a second: two seconds for all of it, where something has to happen meanwhile; half a second where the copy ends itself. */
const SLOW = 1_500_000;
const BRISK = 6_000_000;

let written = 100_000;
const writes = (writer: number, n: number): string =>
  `BEGIN; ${Array.from({ length: TABLES }, (_, t) => `UPDATE t${t} SET v = v + 1 WHERE id = ${1 + ((n * 13 + writer * 700) % 1500)}`).join(';')};
   INSERT INTO t0 VALUES (${(written += 1)}, 0, 'new'); DELETE FROM t7 WHERE id = ${1600 - ((n * 2 + writer) % 300)};
   COMMIT`;

describe('a live copy that is ended on its way', { timeout: 180_000 }, () => {
  let stage: LiveStage;
  beforeAll(async () => {
    stage = await openLiveStage(
      '15',
      '15',
      async (pair) => {
        await pair.sql('source', SCHEMA, 'app_rw');
        // Workers of a subscription that were ended come back after 5 s by default.
        await pair.servers.target.sql(`ALTER SYSTEM SET wal_retrieve_retry_interval = '200ms'`);
        await pair.servers.target.sql('ALTER SYSTEM SET max_sync_workers_per_subscription = 1');
        await pair.servers.target.sql('SELECT pg_reload_conf()');
      },
      'as prepared',
    );
  });
  afterEach(() => stage.startOver());
  afterAll(() => stage.pair.stop());

  const slotLsn = async (): Promise<unknown> =>
    (await stage.pair.sql('target', 'SELECT slot_lsn, began_at FROM daybreak.live_copy'))[0];
  const filesOfDone = (): Promise<object[]> =>
    stage.pair.sql(
      'target',
      `SELECT c.relname, c.relfilenode FROM daybreak.live_copy_mark m JOIN pg_class c ON m.what = format('rows of "public"."%s"', c.relname) ORDER BY 1`,
    );
  const leases = (): Promise<object[]> =>
    stage.pair.sql(
      'source',
      `SELECT pid FROM pg_stat_activity WHERE application_name = '${leaseName(stage.pair.migration)}'`,
    );
  const sessions = async (): Promise<object[]> => [
    ...(await stage.pair.sql(
      'source',
      `SELECT query FROM pg_stat_activity WHERE application_name ~ '^daybreak/.*/[0-9]+$'`,
    )),
    ...(await stage.pair.sql('target', `SELECT query FROM pg_stat_activity WHERE application_name ~ '^daybreak/'`)),
  ];
  const failureOf = (deed: Promise<unknown>): Promise<unknown> =>
    deed.then(
      () => null,
      (error: unknown) => error,
    );
  /** Does a deed once `tables` are done; `done` waits for its end. */
  const onceAt = (tables: number, deed: () => Promise<unknown>) => {
    const deeds: Promise<unknown>[] = [];
    const heartbeat = ({ tablesDone }: LiveProgress): void => {
      if (tablesDone >= tables && deeds.length === 0) deeds.push(deed());
    };
    return { heartbeat, done: () => Promise.all(deeds) };
  };
  const demandEqualNow = async (): Promise<void> =>
    expect(await stage.fingerprints('target')).toEqual(await stage.fingerprints('source'));
  const demandEqual = async (): Promise<void> => {
    await stage.follow();
    await demandEqualNow();
  };

  /** Begins an attempt in a process that ends or freezes itself with the third table. */
  async function attemptInAProcess(signal: CopyProcessInput['signal']) {
    const { clients, source, target } = stage.pair;
    const { caFile, scratch, programs } = clients;
    const secrets = { [source.password]: await clients.readSecret(source.password) };
    const input = { migration: stage.input.migration, source, target, jobs: 2, bytesPerSecond: BRISK };
    const order: CopyProcessInput = { input, done: 3, signal, caFile, scratch, programs, secrets };
    const file = join(scratch, `${signal}.json`);
    await writeFile(file, JSON.stringify(order));
    const program = 'test/activities/copy/live/copy-process.ts';
    // In an object, for a promise of a process would wait for its end.
    return { attempt: execa(process.execPath, [PROGRAM, program, file], { reject: false }) };
  }

  test('by kill -9 at half goes on from the same snapshot, and copies no table twice', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    const { attempt } = await attemptInAProcess('SIGKILL');
    expect(await attempt).toMatchObject({ signal: 'SIGKILL' });
    const [before, files] = [await slotLsn(), await filesOfDone()];
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.length).toBeLessThan(TABLES);
    expect(await leases()).toHaveLength(1);
    await writers.progress();
    const facts = await stage.copy();
    expect(facts).toMatchObject({ tables: TABLES + 1 });
    expect(await slotLsn()).toEqual(before);
    expect(await filesOfDone()).toEqual(expect.arrayContaining(files));
    expect(await leases()).toEqual([]);
    await writers.stop();
    await demandEqual();
  });

  /** Ends a copy by a restart of its source as soon as three tables are done. */
  const restartTheSource = async (): Promise<void> => {
    const { source } = stage.pair.servers;
    const restart = onceAt(3, () => source.stop('fast').then(() => source.start()));
    const failed = await failureOf(stage.copy({ bytesPerSecond: SLOW, heartbeat: restart.heartbeat }));
    expect(failed).toMatchObject({ type: 'DatabaseUnreachable' });
    await restart.done();
  };
  const subscription = (): Promise<object[]> =>
    stage.pair.sql('target', `SELECT subenabled, subpublications::text[] FROM pg_subscription`);
  const traces = (): Promise<object[]> =>
    stage.pair.sql(
      'source',
      `SELECT slot_name AS name FROM pg_replication_slots UNION ALL SELECT pubname FROM pg_publication ORDER BY 1`,
    );

  test('by a restart of the source keeps the tables that were done, and lets PostgreSQL sync the others', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    await restartTheSource();
    const [before, files] = [await slotLsn(), await filesOfDone()];
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(files.length).toBeLessThan(TABLES);
    await writers.progress();

    const pause = new AbortController();
    const paused = await failureOf(
      stage.copy({
        abort: pause.signal,
        heartbeat: ({ stage: at, tablesDone }) => {
          if (at === 'sync' && tablesDone > files.length) pause.abort(new Error('paused'));
        },
      }),
    );
    expect(paused).toMatchObject({ message: 'paused' });
    expect(await subscription()).toEqual([{ subenabled: false, subpublications: [stage.forward] }]);
    expect(await stage.pair.sql('target', 'SELECT FROM pg_stat_subscription WHERE pid IS NOT NULL')).toEqual([]);
    await writers.progress();

    expect(await stage.copy()).toMatchObject({ tables: TABLES + 1 });
    expect(await slotLsn()).toEqual(before);
    expect(await filesOfDone()).toEqual(expect.arrayContaining(files));
    expect(await traces()).toEqual([{ name: stage.forward }, { name: stage.forward }]);
    expect(await subscription()).toEqual([{ subenabled: false, subpublications: [stage.forward] }]);
    await followSource(stage.pair.clients, stage.pair);
    await writers.stop();
    await stage.catchUp();
    await demandEqualNow();
  });

  test('by being frozen changes nothing when it thaws beside its successor', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    const { attempt: frozen } = await attemptInAProcess('SIGSTOP');
    const state = async (): Promise<string> => (await execa('ps', ['-o', 'state=', '-p', String(frozen.pid)])).stdout;
    try {
      await until('the first attempt to freeze', async () => (await state()).startsWith('T'));
      expect(await stage.copy()).toMatchObject({ tables: TABLES + 1 });
    } finally {
      frozen.kill('SIGCONT');
    }
    expect((await frozen).stdout).toMatch(/^there\n.*"failure"/s);
    await writers.stop();
    await demandEqual();
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
    expect(await leases()).toHaveLength(1);
    const [before, files] = [await slotLsn(), await filesOfDone()];
    await stage.copy();
    expect(await slotLsn()).toEqual(before);
    expect(await filesOfDone()).toEqual(expect.arrayContaining(files));
    await demandEqual();
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
    await demandEqual();
    await stage.pair.sql('source', 'ALTER TABLE t7 ALTER COLUMN v TYPE int', 'app_rw');
  });

  test('may meet a table that was emptied meanwhile: the stream empties it again', async () => {
    await using writers = startLiveWriters(stage.pair, writes);
    const empty = onceAt(1, () => stage.pair.sql('source', 'TRUNCATE t7', 'app_rw'));
    await stage.copy({ bytesPerSecond: SLOW, heartbeat: empty.heartbeat });
    await empty.done();
    expect(await stage.pair.sql('target', 'SELECT id FROM t7')).toEqual([]);
    await writers.stop();
    await demandEqual();
  });

  test('with the target restarted goes on with the tables that were done', async () => {
    const { target } = stage.pair.servers;
    const restart = onceAt(3, () => target.stop('immediate').then(() => target.start()));
    const failed = await failureOf(stage.copy({ bytesPerSecond: SLOW, heartbeat: restart.heartbeat }));
    expect(failed).toMatchObject({ type: 'DatabaseUnreachable' });
    await restart.done();
    const before = await slotLsn();
    await stage.copy();
    expect(await slotLsn()).toEqual(before);
    await demandEqual();
  });

  test('after which somebody dropped its slot is made anew, for no stream fits it any more', async () => {
    await stage.copy();
    const before = await slotLsn();
    await stage.pair.sql('source', `SELECT pg_drop_replication_slot('${stage.forward}')`);
    await stage.pair.sql('source', `UPDATE t1 SET v = -1`, 'app_rw');
    await stage.copy();
    expect(await slotLsn()).not.toEqual(before);
    await demandEqual();
  });

  test('and is subscribed to all the same is refused: rows would be copied over those that came since', async () => {
    await stage.copy();
    await stage.follow();
    await stage.pair.sql('target', 'UPDATE daybreak.live_copy SET finished_at = NULL');
    expect(await failureOf(stage.copy())).toMatchObject({
      type: 'CopyFailed',
      message: expect.stringMatching(/found subscription daybreak_forward_.*wanted none before/) as string,
    });
    await demandEqualNow();
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
    await demandEqualNow();
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
    await demandEqual();
  });

  test('outlasts the limits the server sets on sessions that wait', async () => {
    const { source, target } = stage.pair.servers;
    await source.sql(`ALTER DATABASE app SET idle_session_timeout = '200ms'`);
    await target.sql(`ALTER DATABASE app SET idle_session_timeout = '200ms'`);
    expect(await stage.copy({ bytesPerSecond: SLOW })).toMatchObject({ tables: TABLES + 1 });
    for (const server of [source, target]) await server.sql('ALTER DATABASE app RESET idle_session_timeout');
    await demandEqual();
  });

  test('is not begun behind a fence', async () => {
    await stage.pair.sql('target', `UPDATE daybreak.custody SET state = 'taken'`);
    expect(await failureOf(stage.copy())).toMatchObject({ type: 'CustodyHeldElsewhere' });
    expect(await stage.pair.sql('source', 'SELECT slot_name FROM pg_replication_slots')).toEqual([]);
  });
});
