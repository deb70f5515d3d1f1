import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveCopyActivities } from '../../../../activities/copy/live/index.ts';
import type { LiveProgress } from '../../../../activities/copy/live/live-progress.ts';
import { planSchema } from '../../../../model/plan.ts';
import { openLiveStage, type LiveStage } from './live-stage.ts';

let stage: LiveStage;
beforeAll(async () => {
  stage = await openLiveStage('15', '15', async (pair) => {
    await pair.sql('source', 'CREATE TABLE people AS SELECT n AS id FROM generate_series(1, 1000) n', 'app_rw');
  });
});
afterAll(() => stage.pair.stop());

const input = () => {
  const { pair } = stage;
  const { migration, source, target } = pair;
  const { user, password, database } = source;
  const plan = planSchema.parse({
    source: { account: '123456789012', region: 'eu-west-2', instance: 'source-db', database, user, password },
    target: { cluster: 'target-db', instance: 'target-db-1', engineVersion: '15', database, masterUser: 'master' },
    roles: pair.roles,
    copy: { jobs: 1 },
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

test('a live copy as an activity heartbeats what people see, and answers its facts', async () => {
  const beats: LiveProgress[] = [];
  const environment = new MockActivityEnvironment();
  environment.on('heartbeat', (beat: LiveProgress) => beats.push(beat));
  expect(await environment.run(liveCopyActivities(stage.pair.clients).copyLive, input())).toMatchObject({
    tables: 2,
    rows: 1000,
  });
  expect(beats.at(-1)).toMatchObject({ stage: 'finish', tables: 2, tablesDone: 2, rows: 1000 });
  expect(await stage.pair.sql('target', 'SELECT count(*)::int AS count FROM people')).toEqual([{ count: 1000 }]);
});
