import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lost, settle, startAttempt, writableSides } from './attempts.ts';
import { compareAll, openFollowingStage } from './following-stage.ts';
import type { Stage } from './stage.ts';
import { startWriters } from './writers.ts';

/** A sample of the steps; `npm run chaos` goes through all of them. */
const STEPS = ['lock writes', 'drain', 'commit', 'open'];

let stage: Stage;
beforeAll(async () => {
  stage = await openFollowingStage('17');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

describe.each(STEPS)('a worker that hands a following target over and stops about to take the step "%s"', (at) => {
  const owner = at === 'open' ? 'target' : 'source';

  test('killed: the server lets the writers go on, its successor leaves one writable side, and nothing is lost', async () => {
    const writers = startWriters(stage);
    await writers.progress();
    await compareAll(stage, 'source-to-target');
    const attempt = await startAttempt(stage, { at });
    expect((await attempt.end()).signal).toBe('SIGKILL');
    // Until the commit nobody has to come: the lock ended with the process that held it.
    if (owner === 'source') await writers.progress();
    await settle(stage, 20);
    await writers.progress();
    const acknowledged = await writers.stop();
    expect(await writableSides(stage)).toEqual([owner]);
    expect(await lost(stage, owner, acknowledged)).toEqual([]);
  });

  test('frozen, and thawed after its successor: one winner, and the thawed one changes nothing more', async () => {
    const writers = startWriters(stage);
    await writers.progress();
    await compareAll(stage, 'source-to-target');
    const attempt = await startAttempt(stage, { at, signal: 'SIGSTOP' });
    await attempt.arrive();
    await settle(stage, 20);
    await writers.progress();
    const world = [await stage.world('source'), await stage.world('target')];
    attempt.thaw();
    const { stdout } = await attempt.end();
    expect(stdout).toMatch(/failure.*(overtaken|outdated|terminated|terminating|given back|ended the session)/);
    await writers.progress();
    const acknowledged = await writers.stop();
    expect([await stage.world('source'), await stage.world('target')]).toEqual(world);
    expect(await writableSides(stage)).toEqual([owner]);
    expect(await lost(stage, owner, acknowledged)).toEqual([]);
  });
});
