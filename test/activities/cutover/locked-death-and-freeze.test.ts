import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freezeAttempt, killAttempt, settledOn } from './death-and-freeze.ts';
import { compareAll, openFollowingStage } from './following-stage.ts';
import type { Stage } from './stage.ts';
import { turnsOn, type Turns } from './turns.ts';

/** One step of each kind: the lock about to be taken, held under the fence, about to be committed, committed. */
const STEPS = ['lock writes', 'drain', 'commit', 'open'];

let stage: Stage;
let turns: Turns;
beforeAll(async () => {
  stage = await openFollowingStage('17');
  turns = turnsOn(stage);
});
afterEach(() => turns.end());
afterAll(() => stage.stop());

describe.each(STEPS)('a worker that hands a following target over and stops about to take the step "%s"', (at) => {
  const owner = at === 'open' ? 'target' : 'source';
  const prepare = () => compareAll(stage, 'source-to-target');

  test('killed: the server lets the writers go on, its successor leaves one writable side, and nothing is lost', async () => {
    // Until the commit nobody has to come: the lock ended with the process that held it.
    expect(await killAttempt(stage, { at, owner, prepare, goOnAlone: owner === 'source' })).toEqual(settledOn(owner));
    if (owner === 'source') turns.goesOn();
  });

  test('frozen, and thawed after its successor: one winner, and the thawed one changes nothing more', async () => {
    expect(await freezeAttempt(stage, { at, owner, prepare })).toEqual({
      ...settledOn(owner),
      said: expect.stringMatching(/failure.*(overtaken|outdated|terminated|terminating|given back|ended the session)/),
    });
    if (owner === 'source') turns.goesOn();
  });
});
