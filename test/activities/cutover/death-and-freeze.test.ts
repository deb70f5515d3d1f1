import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nextAttempt, settle, startAttempt, writableSides } from './attempts.ts';
import { freezeAttempt, killAttempt, settledOn } from './death-and-freeze.ts';
import { openStage, type Stage } from './stage.ts';
import { turnsOn, type Turns } from './turns.ts';

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
let turns: Turns;
beforeAll(async () => {
  stage = await openStage('17');
  turns = turnsOn(stage);
});
afterEach(() => turns.end());
afterAll(() => stage.stop());

describe.each(STEPS)('a worker that stops about to take the step "%s"', (at) => {
  const owner = at === 'open' ? 'target' : 'source';

  test('killed: its successor leaves one writable side, and nothing is lost', async () => {
    expect(await killAttempt(stage, { at, owner })).toEqual(settledOn(owner));
    if (owner === 'source') turns.goesOn();
  });

  test('frozen, and thawed after its successor: one winner, and the thawed one changes nothing more', async () => {
    expect(await freezeAttempt(stage, { at, owner })).toEqual({
      ...settledOn(owner),
      said: expect.stringMatching(/failure.*(overtaken|outdated|terminated|terminating|given back)/),
    });
    if (owner === 'source') turns.goesOn();
  });
});

describe('when nobody comes back', () => {
  test('the source server gives writes back at the deadline by itself', async () => {
    const { cutover } = stage.plan;
    const plan = { ...stage.plan, cutover: { ...cutover, maxWritePause: 4_000 } };
    const before = await stage.world('source');
    const attempt = await startAttempt(stage, { at: 'prove the fence', ...nextAttempt(stage, { plan }) });
    expect((await attempt.end()).signal).toBe('SIGKILL');
    expect(await writableSides(stage)).toEqual([]);
    await expect.poll(() => writableSides(stage), { timeout: 15_000 }).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
    turns.goesOn();
  });

  test('an operator with psql gives writes back', async () => {
    const before = await stage.world('source');
    const attempt = await startAttempt(stage, { at: 'prove the fence', ...nextAttempt(stage) });
    await attempt.end();
    await stage.ask('source', 'SELECT daybreak.give_back()');
    expect(await writableSides(stage)).toEqual(['source']);
    expect(await stage.world('source')).toEqual(before);
    turns.goesOn();
  });

  test('after the commit the source stays given, whatever the deadline says', async () => {
    const plan = { ...stage.plan, cutover: { ...stage.plan.cutover, maxWritePause: 4_000 } };
    const under = nextAttempt(stage, { plan });
    const attempt = await startAttempt(stage, { at: 'open', ...under });
    await attempt.end();
    await expect
      .poll(() => stage.ask('source', `SELECT FROM pg_stat_activity WHERE application_name LIKE '%reopening'`))
      .toEqual([]);
    expect(await writableSides(stage)).toEqual([]);
    expect(await settle(stage, under)).toBe('completed');
    expect(await writableSides(stage)).toEqual(['target']);
  });
});

describe('when the taking side is gone as well', () => {
  test('the fenced source gets its writes back all the same', async () => {
    const before = await stage.world('source');
    const under = nextAttempt(stage);
    await (await startAttempt(stage, { at: 'prove the fence', ...under })).end();
    await stage.pair.servers.target.stop('immediate');
    expect(await settle(stage, under)).toBe('given-back');
    expect(await stage.world('source')).toEqual(before);
    await stage.pair.servers.target.start();
    turns.goesOn();
  });

  test('a committed hand-over waits for it, and opens it when it is back', async () => {
    const under = nextAttempt(stage);
    await (await startAttempt(stage, { at: 'open', ...under })).end();
    await stage.pair.servers.target.stop('immediate');
    await expect(settle(stage, under)).rejects.toThrow(/no connection|not answer|ECONNREFUSED/);
    await stage.pair.servers.target.start();
    expect(await settle(stage, { ...under, token: under.token + 1 })).toBe('completed');
  });
});
