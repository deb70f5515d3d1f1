import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveCopyActivities } from '../../../../activities/copy/live/index.ts';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import { planSchema } from '../../../../model/plan.ts';
import type { SideName } from '../../../postgres-pair.ts';
import { until } from '../../../until.ts';
import { openLiveStage, type LiveStage } from './live-stage.ts';

let stage: LiveStage;
beforeAll(async () => {
  stage = await openLiveStage('15', '15', async (pair) => {
    await pair.sql('source', 'CREATE TABLE people AS SELECT n AS id FROM generate_series(1, 100000) n', 'app_rw');
  });
});
afterAll(() => stage.pair.stop());

const input = (copy: { jobs: number; bytesPerSecond?: string } = { jobs: 1 }) => {
  const { pair } = stage;
  const { migration, source, target } = pair;
  const { user, password, database } = source;
  const plan = planSchema.decode({
    source: { account: '123456789012', region: 'eu-west-2', instance: 'source-db', database, user, password },
    target: { cluster: 'target-db', instance: 'target-db-1', engineVersion: '15', database, masterUser: 'master' },
    roles: [...pair.roles],
    copy,
    cutover: { approvers: ['lead'] },
  });
  return { migration, source, target, plan, run: 'run' };
};

test('a live copy as an activity ends when it is cancelled', async () => {
  const environment = new MockActivityEnvironment();
  environment.once('heartbeat', () => environment.cancel('WORKER_SHUTDOWN'));
  await expect(environment.run(liveCopyActivities(stage.pair.clients).copyLive, input())).rejects.toThrow(
    'WORKER_SHUTDOWN',
  );
});

const SESSIONS = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE 'daybreak/%'`;

test('a live copy as an activity keeps to the rate and the connections its plan allows', async () => {
  const environment = new MockActivityEnvironment();
  const beats: LiveProgress[] = [];
  environment.on('heartbeat', (beat: LiveProgress) => beats.push(beat));
  const order = input({ jobs: 1, bytesPerSecond: '1KB' });
  const copying = environment.run(liveCopyActivities(stage.pair.clients).copyLive, order);
  const ended = copying.catch((error: unknown) => error);
  // What lay in the first pieces has gone through; for the rest there is no allowance for a quarter of an hour.
  await until('rows under way', async () => (beats.at(-1)?.bytes ?? 0) > 0);
  expect(beats.at(-1)?.tablesDone).toBeLessThan(2);
  const sessions = (side: SideName) => stage.pair.servers[side].sql(SESSIONS);
  const [onSource, onTarget] = await Promise.all([sessions('source'), sessions('target')]);
  expect(onSource.rows[0]?.count).toBeLessThanOrEqual(1 + 3);
  expect(onTarget.rows[0]?.count).toBeLessThanOrEqual(1 + 1);
  environment.cancel('CANCELLED');
  expect(await ended).toMatchObject({ message: 'CANCELLED' });
});

test('a live copy as an activity heartbeats what people see, words first, and answers its facts', async () => {
  const beats: (LiveProgress & { readonly says: readonly string[] })[] = [];
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', (beat: (typeof beats)[number]) => beats.push(beat));
  expect(await environment.run(liveCopyActivities(stage.pair.clients).copyLive, input())).toMatchObject({
    tables: 2,
    rows: 100_000,
  });
  expect(beats.at(-1)).toMatchObject({ stage: 'finish', tables: 2, tablesDone: 2, rows: 100_000 });
  expect(Object.keys(beats[0] ?? {})[0]).toBe('says');
  expect(beats.at(-1)?.says[0]).toMatch(/^finish: 2 of 2 tables, [\d.]+ \wB of about /);
  expect(await stage.pair.sql('target', 'SELECT count(*)::int AS count FROM people')).toEqual([{ count: 100_000 }]);
});
