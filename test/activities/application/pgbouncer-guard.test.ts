import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { guardPoolers, type GuardInput } from '../../../activities/application/pgbouncer-guard.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { planSchema } from '../../../model/plan.ts';
import { makeLedgers, MISSING, startPoolerBefore, type PoolerBeforePair, WITHOUT } from '../../pgbouncer-server.ts';
import { startPair, type Pair, type SideName } from '../../postgres-pair.ts';
import { until } from '../../until.ts';
import { dieHoldingPool } from './die-holding-pool.ts';
import { startPooledWriters } from './pooled-writers.ts';

let pair: Pair;

beforeAll(async () => {
  if (MISSING) return;
  pair = await startPair({ source: '17', target: '17' });
  await makeLedgers(pair);
  for (const [side, state] of [
    ['source', 'open'],
    ['target', 'closed'],
  ] as const) {
    await using session = await pair.clients.openSession(pair[side], { name: 'stage' });
    await installCustody(session, { migration: pair.migration, run: 'run-1', state });
  }
});
afterAll(() => pair?.stop());
afterEach(async () => {
  await custody('source', `state = 'open', before = NULL, hand_over = NULL, deadline = NULL`);
  await custody('target', `state = 'closed', hand_over = NULL`);
});

const custody = (side: SideName, change: string) => pair.sql(side, `UPDATE daybreak.custody SET ${change}`);
const fenceUntil = (deadline: string) =>
  custody(
    'source',
    `state = 'fenced', before = 'open', hand_over = 'h', deadline = clock_timestamp() + interval '${deadline}'`,
  );

function inputFor({ plan: pooler }: PoolerBeforePair, maxWritePause = '60s'): GuardInput {
  const { source, target, migration, roles } = pair;
  const place = { account: '123456789012', region: 'eu-west-2', instance: 'source-db', database: 'app' };
  const plan = planSchema.parse({
    source: { ...place, user: source.user, password: source.password },
    target: { cluster: 't', instance: 't-1', engineVersion: '17', database: 'app', masterUser: 'master' },
    roles,
    switches: [pooler],
    cutover: { approvers: ['lead'], maxWritePause },
  });
  return { migration, source, target, plan, handOver: 'h', expiresAt: null, direction: 'source-to-target' };
}

/** A guard at work, ended with the test. */
function startGuard(pooler: PoolerBeforePair, maxWritePause?: string) {
  const stop = new AbortController();
  const ended = guardPoolers(pooler.clients, inputFor(pooler, maxWritePause), { abort: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return { ended, stop };
}

/** It looks over a session of its own: two looks lie between two states of it. */
const looksAgain = async (): Promise<void> => {
  const lookedAt = async (): Promise<string> => {
    const [row] = await pair.sql<{ at: string }>(
      'source',
      `SELECT max(query_start)::text AS at FROM pg_stat_activity WHERE application_name LIKE 'daybreak/%/reopening'`,
    );
    return row?.at ?? '';
  };
  for (let looks = 0; looks < 2; looks += 1) {
    const before = await lookedAt();
    await until('the guard looks at custody', async () => (await lookedAt()) > before);
  }
};
const isPaused = async (pooler: PoolerBeforePair): Promise<boolean> =>
  (await pooler.ask('SHOW DATABASES')).find(({ name }) => name === 'app')?.['paused'] === 1;

describe.skipIf(MISSING)(`the guard of poolers${WITHOUT}`, () => {
  test('lets clients of a killed worker go on once its fence is gone, back to the source, without an error', async () => {
    await using pooler = await startPoolerBefore(pair);
    await pooler.open().stage();
    const writers = await startPooledWriters(pooler, 3);
    await writers.progress();
    const { ended } = startGuard(pooler, '10m');
    await fenceUntil('10 min');
    await dieHoldingPool(pooler);
    await looksAgain();
    expect(await isPaused(pooler)).toBe(true);
    await custody('source', `state = 'open', before = NULL, deadline = NULL`);
    expect(await ended).toEqual({ resumed: ['pooler'] });
    await writers.progress();
    expect((await writers.stop()).errors).toEqual([]);
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test('does so past the deadline, though nobody gave writes back', async () => {
    await using pooler = await startPoolerBefore(pair);
    await pooler.open().stage();
    await pooler.open().pause?.();
    await pooler.open().apply();
    await fenceUntil('-1 s');
    expect(await startGuard(pooler).ended).toEqual({ resumed: ['pooler'] });
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test('lets them go on to the target where it was opened', async () => {
    await using pooler = await startPoolerBefore(pair);
    await pooler.open().stage();
    await pooler.open().pause?.();
    await pooler.open().apply();
    await custody('source', `state = 'given', hand_over = 'h', deadline = NULL`);
    const { ended } = startGuard(pooler);
    await looksAgain();
    expect(await isPaused(pooler)).toBe(true);
    await custody('target', `state = 'taken', hand_over = 'h'`);
    expect(await ended).toEqual({ resumed: ['pooler'] });
    expect(await pooler.leadsTo()).toBe(pair.target.port);
  });

  test('ends a pause that no fence followed', async () => {
    await using pooler = await startPoolerBefore(pair);
    startGuard(pooler, '1s');
    await pooler.open().pause?.();
    await until('the guard resumes the pool', async () => !(await isPaused(pooler)));
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test('ends a pause that outlasts maxWritePause where custody cannot be read', async () => {
    await using pooler = await startPoolerBefore(pair);
    const deaf = { ...pooler.clients, openSession: () => Promise.reject(new Error('no connection')) };
    const stop = new AbortController();
    const guard = guardPoolers(deaf, inputFor(pooler, '1s'), { abort: stop.signal });
    await pooler.open().pause?.();
    await until('the guard resumes the pool', async () => !(await isPaused(pooler)));
    stop.abort();
    expect(await guard).toEqual({ resumed: ['pooler'] });
  });

  test('ends when it is told to, and leaves a pause inside the fence alone', async () => {
    await using pooler = await startPoolerBefore(pair);
    const { ended, stop } = startGuard(pooler);
    await pooler.open().pause?.();
    await fenceUntil('60 s');
    await looksAgain();
    stop.abort();
    expect(await ended).toEqual({ resumed: [] });
    expect(await isPaused(pooler)).toBe(true);
    await pooler.open().resume?.();
  });
});
