import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { settle, startAttempt, writableSides } from './attempts.ts';
import { freezeAttempt, killAttempt, settledOn } from './death-and-freeze.ts';
import { openStage, type Stage } from './stage.ts';

const STEPS = [
  'check approval',
  'arm timed reopening',
  'close the taking side',
  'fence',
  'lock writes',
  'prove the fence',
  'switch',
  'commit',
  'open',
];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('17');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

describe.each(STEPS)('a worker that stops about to take the step "%s"', (at) => {
  const owner = at === 'open' ? 'target' : 'source';

  test('killed: its successor leaves one writable side, and nothing is lost', async () => {
    expect(await killAttempt(stage, { at, owner })).toEqual(settledOn(owner));
  });

  test('frozen, and thawed after its successor: one winner, and the thawed one changes nothing more', async () => {
    expect(await freezeAttempt(stage, { at, owner })).toEqual({
      ...settledOn(owner),
      said: expect.stringMatching(/failure.*(overtaken|outdated|terminated|terminating|given back)/),
    });
  });
});

describe('when nobody comes back', () => {
  test('the source server gives writes back at the deadline by itself', async () => {
    const { cutover } = stage.plan;
    const plan = { ...stage.plan, cutover: { ...cutover, maxWritePause: 4_000 } };
    const before = await stage.world('source');
    const attempt = await startAttempt(stage, { at: 'prove the fence', handOver: stage.handOver('a', { plan }) });
    expect((await attempt.end()).signal).toBe('SIGKILL');
    expect(await writableSides(stage)).toEqual([]);
    await expect.poll(() => writableSides(stage), { timeout: 15_000 }).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
  });

  test('an operator with psql gives writes back', async () => {
    const before = await stage.world('source');
    const attempt = await startAttempt(stage, { at: 'prove the fence' });
    await attempt.end();
    await stage.ask('source', 'SELECT daybreak.give_back()');
    expect(await writableSides(stage)).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
  });

  test('after the commit the source stays given, whatever the deadline says', async () => {
    const plan = { ...stage.plan, cutover: { ...stage.plan.cutover, maxWritePause: 4_000 } };
    const attempt = await startAttempt(stage, { at: 'open', handOver: stage.handOver('a', { plan }) });
    await attempt.end();
    await expect
      .poll(() => stage.ask('source', `SELECT FROM pg_stat_activity WHERE application_name LIKE '%reopening'`))
      .toEqual([]);
    expect(await writableSides(stage)).toEqual([]);
    expect(await settle(stage, 20)).toBe('completed');
    expect(await writableSides(stage)).toEqual(['target']);
  });
});

describe('when the taking side is gone as well', () => {
  test('the fenced source gets its writes back all the same', async () => {
    const before = await stage.world('source');
    await (await startAttempt(stage, { at: 'prove the fence' })).end();
    await stage.pair.servers.target.stop('immediate');
    expect(await settle(stage, 20)).toBe('given-back');
    expect(await stage.world('source')).toEqual(before);
    await stage.pair.servers.target.start();
  });

  test('a committed hand-over waits for it, and opens it when it is back', async () => {
    await (await startAttempt(stage, { at: 'open' })).end();
    await stage.pair.servers.target.stop('immediate');
    await expect(settle(stage, 20)).rejects.toThrow(/no connection|not answer|ECONNREFUSED/);
    await stage.pair.servers.target.start();
    expect(await settle(stage, 21)).toBe('completed');
  });
});
