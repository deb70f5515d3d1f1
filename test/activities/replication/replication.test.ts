import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../activities/clients.ts';
import { leaseName } from '../../../activities/copy/live/lease.ts';
import { armReverse } from '../../../activities/replication/arm-reverse.ts';
import { awaitCatchUp } from '../../../activities/replication/await-catch-up.ts';
import { dropReplication } from '../../../activities/replication/drop-replication.ts';
import { followSource } from '../../../activities/replication/follow-source.ts';
import { prepareReplication } from '../../../activities/replication/prepare-replication.ts';
import { awaitSentinel, probeFeeds, sendSentinel, type FeedPair } from '../../../activities/replication/sentinel.ts';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';
import { until } from '../../until.ts';
import { endWorkers, handOver, refuseWrites } from './hand-over.ts';
import { openStage, type Stage } from './stage.ts';
import { startWriters } from './writers.ts';

const LIMIT = { abort: new AbortController().signal, limitMs: 60_000 };

describe.each<{ source: Major; target: Major }>([
  { source: '15', target: '15' },
  { source: '17', target: '17' },
])('from %j', (majors) => {
  let stage: Stage;
  let source: Session;
  let target: Session;
  let probed: FeedPair;

  beforeAll(async () => {
    stage = await openStage(majors);
    source = await stage.open('source');
    target = await stage.open('target');
    probed = { ending: stage.feeds.forward, beginning: stage.feeds.reverse };
  });
  afterAll(async () => {
    await Promise.all([source.close(), target.close()]);
    await stage[Symbol.asyncDispose]();
  });

  /** What a sentinel sent now proves to have arrived. */
  const drained = async (): Promise<void> => {
    const { forward } = stage.feeds;
    await awaitSentinel(target, forward.sentinel, await sendSentinel(source, forward.sentinel), LIMIT);
  };

  test('the target follows every kind of change of the source', async () => {
    const { clients } = stage.pair;
    expect(await prepareReplication(clients, stage.pair)).toEqual({ tables: 2 });
    const lease = await clients.openSession(stage.pair.source, { name: leaseName(stage.pair.migration) });
    await stage.follow();
    // Nobody needs the copy's snapshot any more.
    await lease.closed;
    const app = await clients.openSession(stage.pair.loginOf('source', 'app_rw'), { name: 'application' });
    await app.query(`INSERT INTO visits (note) VALUES ('one'), ('two'), ('three'); UPDATE visits SET note = 'second' WHERE id = 2;
      DELETE FROM visits WHERE id = 1; INSERT INTO days VALUES (1, 1), (2, 2), (11, 11); UPDATE days SET day = 12 WHERE id = 1`);
    await app.query('TRUNCATE days_low');
    await app.query(`BEGIN; INSERT INTO visits (note) SELECT repeat('big', 100) FROM generate_series(1, 3000);
      SAVEPOINT half; UPDATE visits SET note = 'never' WHERE id > 3; ROLLBACK TO half; DELETE FROM visits WHERE id > 10; COMMIT`);
    await app.close();
    await drained();
    expect(await stage.column('target', `SELECT id || note || day FROM visits WHERE id < 4 ORDER BY id`)).toEqual([
      '2second6',
      '3three5',
    ]);
    expect(await stage.column('target', `SELECT count(*) FROM visits WHERE note = repeat('big', 100)`)).toEqual(['7']);
    expect(await stage.column('source', 'SELECT stream_count > 0 FROM pg_stat_replication_slots')).toEqual([true]);
    expect(await stage.column('target', 'SELECT id FROM days ORDER BY id')).toEqual([1, 11]);
  });

  test('catch-up ends within the bound and tells how long a change took', async () => {
    const { clients } = stage.pair;
    const { lagBytes, tripMs } = await until('the bound to be kept', () =>
      awaitCatchUp(clients, { ...stage.pair, maxLagBytes: 1_000_000 }).catch(() => null),
    );
    expect(lagBytes).toBeLessThanOrEqual(1_000_000);
    expect(tripMs).toBeGreaterThanOrEqual(0);
  });

  test('armed, the way back carries its sentinel only', async () => {
    await armReverse(stage.pair.clients, stage.pair);
    await target.query(`INSERT INTO visits (note) VALUES ('stays here')`);
    await probeFeeds(source, target, probed, { limitMs: 60_000 });
    expect(await stage.column('source', `SELECT note FROM visits WHERE note = 'stays here'`)).toEqual([]);
    await target.query(`DELETE FROM visits WHERE note = 'stays here'`);
  });

  test('both feeds come back by themselves behind shut doors, whatever was ended', async () => {
    await source.query(`UPDATE daybreak.custody SET doors = daybreak.shut_doors(ARRAY['app_rw', 'app_ro'])`);
    expect(await endWorkers([source, target])).toBeGreaterThanOrEqual(2);
    await probeFeeds(source, target, probed, { limitMs: 60_000 });
    await source.query(
      'SELECT daybreak.open_doors(doors) FROM daybreak.custody; UPDATE daybreak.custody SET doors = NULL',
    );
  });

  test('everything may be repeated, with new passwords', async () => {
    const { clients } = stage.pair;
    await prepareReplication(clients, stage.pair);
    await followSource(clients, stage.pair);
    await armReverse(clients, stage.pair);
    await expect(probeFeeds(source, target, probed, { limitMs: 60_000 })).resolves.toBeUndefined();
  });

  test('a crash of either server ends no feed', async () => {
    await Promise.all([source.close(), target.close()]);
    for (const server of Object.values(stage.pair.servers)) {
      await server.stop('immediate');
      await server.start();
    }
    source = await stage.open('source');
    target = await stage.open('target');
    await expect(probeFeeds(source, target, probed, { limitMs: 60_000 })).resolves.toBeUndefined();
  });

  test('writes go there and back under load: none is lost, none goes round', async () => {
    const { forward, reverse } = stage.feeds;
    await refuseWrites(target);
    const writers = startWriters(stage);
    for (const disturbed of [false, true]) {
      await writers.progress();
      await handOver(stage, { from: 'source', to: 'target', ending: forward, beginning: reverse, disturbed });
      await writers.progress();
      await handOver(stage, { from: 'target', to: 'source', ending: reverse, beginning: forward, disturbed });
    }
    await writers.progress();
    const acknowledged = await writers.stop();
    await drained();
    const ids = await stage.column('target', 'SELECT note FROM visits');
    expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
    const rows = 'SELECT array_agg(visits::text ORDER BY id) FROM visits';
    expect(await stage.column('source', rows)).toEqual(await stage.column('target', rows));
    // A row that came back would be a new version of itself, or an error that stops its feed.
    const versions = 'SELECT array_agg(xmin::text ORDER BY id) FROM visits';
    const before = [await stage.column('source', versions), await stage.column('target', versions)];
    await probeFeeds(source, target, probed, { limitMs: 60_000 });
    expect([await stage.column('source', versions), await stage.column('target', versions)]).toEqual(before);
  });

  test('dropped, nothing is left on either side, and a second time there was nothing', async () => {
    const { clients } = stage.pair;
    expect(await dropReplication(clients, stage.pair)).toBe('undone');
    for (const side of ['source', 'target'] as const)
      expect(
        await stage.column(
          side,
          `SELECT subname FROM pg_subscription UNION ALL SELECT slot_name FROM pg_replication_slots UNION ALL SELECT pubname FROM pg_publication
           UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'daybreak%' UNION ALL SELECT relname FROM pg_class WHERE relname LIKE '%sentinel%'`,
        ),
      ).toEqual([]);
    expect(await dropReplication(clients, stage.pair)).toBe('absent');
  });
});
