import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Switch } from '../../../activities/application/switch.ts';
import { openRelay, type Relay } from '../../../local/cloud/postgres/relay.ts';
import { makeLedgers, MISSING, startPoolerBefore, WITHOUT, type PoolerBeforePair } from '../../pgbouncer-server.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';
import { startPooledWriters } from './pooled-writers.ts';
import { dieHoldingPool } from './die-holding-pool.ts';

let pair: Pair;

beforeAll(async () => {
  if (MISSING) return;
  pair = await startPair({ source: '17', target: '17' });
  await makeLedgers(pair);
});
afterAll(() => pair?.stop());

const settingOf = async (pooler: Awaited<ReturnType<typeof startPoolerBefore>>, key: string): Promise<unknown> =>
  (await pooler.ask('SHOW CONFIG')).find((row) => row['key'] === key)?.['value'];

describe.skipIf(MISSING)(`a pause of a pool${WITHOUT}`, () => {
  test('is abandoned where a transaction does not end: the other clients go on without an error', async () => {
    await using pooler = await startPoolerBefore(pair);
    const lasting = await pooler.connect();
    await lasting.query('BEGIN');
    const writers = await startPooledWriters(pooler, 3);
    await writers.progress();
    await expect(pooler.open().pause?.()).rejects.toMatchObject({
      type: 'SwitchFailed',
      message: expect.stringMatching(/PAUSE "app" failed: no answer within|not finished within/),
    });
    await writers.progress();
    expect((await writers.stop()).errors).toEqual([]);
    await lasting.query('COMMIT');
    await lasting.end();
    await pooler.open().pause?.();
    await pooler.open().resume?.();
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test('may be asked for twice, and so may its end', async () => {
    await using pooler = await startPoolerBefore(pair);
    const it = pooler.open();
    await it.resume?.();
    await it.pause?.();
    await it.pause?.();
    await it.resume?.();
    await it.resume?.();
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test('lowers the time clients wait after a failed login, also across the reload; the file keeps its own', async () => {
    await using pooler = await startPoolerBefore(pair);
    const it = pooler.open();
    await it.stage();
    expect(await settingOf(pooler, 'server_login_retry')).toBe('15');
    await it.pause?.();
    expect(await settingOf(pooler, 'server_login_retry')).toBe('1');
    await it.apply();
    expect(await settingOf(pooler, 'server_login_retry')).toBe('1');
    await pooler.ask('RELOAD');
    expect(await settingOf(pooler, 'server_login_retry')).toBe('15');
    await it.resume?.();
  });

  test('that a killed worker left is ended by its successor: led back, resumed, and no client saw an error', async () => {
    await using pooler = await startPoolerBefore(pair);
    await pooler.open().stage();
    const writers = await startPooledWriters(pooler, 3);
    await writers.progress();
    await dieHoldingPool(pooler);
    expect(await pooler.open().isApplied()).toBe(true);
    expect(await pooler.open().revert()).toBe('undone');
    await pooler.open().resume?.();
    await writers.progress();
    expect((await writers.stop()).errors).toEqual([]);
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });

  test.each(['cut', 'silent'] as const)(
    'is ended by the next try where the network to the console was %s',
    async (how) => {
      await using pooler = await startPoolerBefore(pair);
      const { it, relay } = await pauseBehindRelay(pooler);
      if (how === 'silent') relay.link('blackhole');
      else relay.aim(undefined);
      await expect(it.resume?.()).rejects.toMatchObject({ type: 'SwitchFailed' });
      relay.link('up');
      relay.aim(pooler.plan.admin.port);
      await it.resume?.();
      expect(await pooler.leadsTo()).toBe(pair.source.port);
    },
  );

  test('is ended at once where the network was cut for a moment since', async () => {
    await using pooler = await startPoolerBefore(pair);
    const { it, relay } = await pauseBehindRelay(pooler);
    relay.aim(undefined);
    relay.aim(pooler.plan.admin.port);
    await it.resume?.();
    expect(await pooler.leadsTo()).toBe(pair.source.port);
  });
});

/** A pool that was paused over a network which can be broken. */
async function pauseBehindRelay(pooler: PoolerBeforePair): Promise<{ it: Switch; relay: Relay }> {
  const relay = await openRelay(0);
  onTestFinished(() => relay.close());
  relay.aim(pooler.plan.admin.port);
  const it = pooler.open({ admin: { ...pooler.plan.admin, port: relay.port } });
  await it.pause?.();
  return { it, relay };
}
