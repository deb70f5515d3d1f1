import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { hold, rollback } from '../../workflows/messages.ts';
import { footprint, newWorld, type World } from './fake-world.ts';
import { startRun, type Run } from './run.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());
const busy = (): never => {
  throw failure('ControlPlaneBusy', 'AWS asks to wait');
};

/** A rejected migration whose cluster cannot be deleted; returns once the operator is asked. */
async function blocked(): Promise<{ run: Run; world: World }> {
  const world = bench.freshWorld();
  world.faults.set('deleteCluster', { when: 'before', times: 999, strike: busy });
  const run = await startRun(bench);
  await run.gate();
  await run.reject();
  await run.until('the first try', () => world.calls.includes('deleteCluster'));
  await bench.env.sleep('14m');
  expect((await run.progress()).status).toBe('undoing');
  await bench.env.sleep('2m');
  await run.until('the operator to be asked', (p) => p.status === 'rollback-blocked');
  return { run, world };
}

describe('an undo that fails for a quarter of an hour', () => {
  it('asks the operator, while undos that do not depend on it have gone on', async () => {
    const { run, world } = await blocked();
    const { held, undo } = await run.progress();
    expect(held).toEqual({
      step: 'delete Aurora cluster mindmeasure-aurora',
      failure: expect.stringMatching(/ControlPlaneBusy|TimedOut/),
      message: expect.stringContaining('AWS asks to wait'),
      answers: ['retry', 'skip', 'done'],
    });
    expect(undo.map(({ undo: { kind }, outcome }) => `${kind} ${outcome}`)).toEqual([
      'unstageSwitch undone',
      'unstageSwitch undone',
      'dropWorkingCopy undone',
      'deleteInstance undone',
      'deleteInstance undone',
      'deleteCluster failed',
    ]);
    // The parameter group is in use by the cluster, and the claim falls last.
    expect(world.groups.size).toBe(2);
    expect(world.claimedBy).not.toBeNull();
    world.faults.clear();
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    const { progress } = await run.end();
    expect(progress.status).toBe('rejected');
    expect(footprint(world)).toEqual(before);
    expect(progress.undo.every(({ outcome }) => outcome === 'undone')).toBe(true);
  });

  it.each([
    ['skip', 'skipped'],
    ['done', 'marked-done'],
  ] as const)('%s needs a reason, goes on without it and is reported as %s', async (answer, outcome) => {
    const { run, world } = await blocked();
    expect(await run.send(hold, { actor: 'olga', answer })).toEqual({
      accepted: false,
      reason: `${answer} needs a reason`,
    });
    expect(await run.send(hold, { actor: 'olga', answer, reason: 'ticket 7' })).toEqual({ accepted: true });
    const { progress } = await run.end();
    expect(progress.undo).toContainEqual({
      undo: { kind: 'deleteCluster', cluster: 'mindmeasure-aurora' },
      outcome,
      reason: 'ticket 7',
    });
    expect(world.claimedBy).toBeNull();
    expect(world.clusters.has('mindmeasure-aurora')).toBe(true);
  });

  it('cannot be answered by a cancel or a rollback, and neither disturbs it', async () => {
    const { run, world } = await blocked();
    await run.handle.cancel();
    await run.until('the cancel to be recorded', (p) => p.decisions.some(({ message }) => message === 'cancel'));
    expect(await run.send(rollback, { actor: 'olga' })).toMatchObject({ accepted: false });
    expect((await run.progress()).status).toBe('rollback-blocked');
    world.faults.clear();
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    expect((await run.end()).progress.status).toBe('rejected');
    expect(footprint(world)).toEqual(before);
  });
});

describe('an undo that waits for AWS', () => {
  it('is left alone for longer, since still being deleted is no failure', async () => {
    const world = bench.freshWorld();
    const deleting = (): never => {
      throw failure('ResourceNotReady', 'instance is deleting', { benign: true, nextRetryDelayMs: 20_000 });
    };
    world.faults.set('deleteInstance', { when: 'before', times: 100, strike: deleting });
    const run = await startRun(bench);
    await run.gate();
    await run.reject();
    const { progress } = await run.end();
    expect(progress.status).toBe('rejected');
    expect(footprint(world)).toEqual(before);
  });
});
