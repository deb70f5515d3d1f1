import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { hold, pause, resume, rollback } from '../../workflows/messages.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import { barrier } from './barrier.ts';
import { hangUntilCancelled } from './fake-activities.ts';
import { footprint, newWorld, whoMayWrite } from './fake-world.ts';
import { startRun, type Run } from './run.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());
const cancelRecorded = (run: Run): Promise<unknown> =>
  run.until('the cancel to be recorded', (p) => p.decisions.some(({ message }) => message === 'cancel'));

describe('a cancel before the fence undoes everything and closes the run as cancelled', () => {
  it('at the gate', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    await run.handle.cancel();
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['cancelled', 'cancelled']);
    expect(progress.gate).toBeNull();
    expect(progress.decisions).toEqual([expect.objectContaining({ message: 'cancel', accepted: true })]);
    expect(footprint(world)).toEqual(before);
    expect(world.outcomes.at(-1)?.status).toBe('cancelled');
  });

  it('in a hold', async () => {
    const world = bench.freshWorld();
    const strike = (): never => {
      throw failure('DatabaseRefused', 'no');
    };
    world.faults.set('analyzeTarget', { when: 'before', times: 9, strike });
    const run = await startRun(bench);
    await run.until('the hold', (p) => p.status === 'held');
    await run.handle.cancel();
    const { closed, progress } = await run.end();
    expect([closed, progress.held]).toEqual(['cancelled', null]);
    expect(footprint(world)).toEqual(before);
  });

  it.each(['copyDatabase', 'ensureCluster', 'awaitInstance'] as const)(
    'in the middle of %s, which it interrupts',
    async (name: ActivityName) => {
      const world = bench.freshWorld();
      world.faults.set(name, { when: 'after', times: 1, strike: hangUntilCancelled });
      const run = await startRun(bench);
      await run.until('the step', () => world.calls.includes(name));
      await run.handle.cancel();
      const { closed } = await run.end();
      expect(closed).toBe('cancelled');
      expect(footprint(world)).toEqual(before);
    },
  );

  it('waiting for a changing step that does not hear of it: the undo never runs beside it', async () => {
    const world = bench.freshWorld();
    const making = barrier();
    world.faults.set('ensureCluster', { when: 'before', times: 1, strike: () => making.passed });
    const run = await startRun(bench);
    await run.until('the step', () => world.calls.includes('ensureCluster'));
    await run.handle.cancel();
    await cancelRecorded(run);
    expect(world.calls.at(-1)).toBe('ensureCluster');
    making.open();
    const { closed } = await run.end();
    expect(closed).toBe('cancelled');
    expect(world.calls).toContain('deleteCluster');
    expect(footprint(world)).toEqual(before);
  });

  it('and a second cancel during the undo disturbs nothing', async () => {
    const world = bench.freshWorld();
    const deleting = barrier();
    world.faults.set('deleteCluster', { when: 'before', times: 1, strike: () => deleting.passed });
    const run = await startRun(bench);
    await run.gate();
    await run.handle.cancel();
    await run.until('the undo', () => world.calls.includes('deleteCluster'));
    await run.handle.cancel();
    deleting.open();
    const { closed } = await run.end();
    expect(closed).toBe('cancelled');
    expect(world.calls.filter((name) => name === 'deleteCluster')).toHaveLength(1);
    expect(footprint(world)).toEqual(before);
  });
});

describe('a rollback before the commit', () => {
  it('ends in the same undone world as a cancel, by whom it was asked for', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    expect(await run.send(rollback, { actor: 'olga', reason: 'changed our mind' })).toEqual({ accepted: true });
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['failed', 'cancelled']);
    expect(progress.reason).toBe('olga asked for a rollback, so everything was undone');
    expect(progress.decisions).toEqual([
      expect.objectContaining({ message: 'rollback', by: 'olga', comment: 'changed our mind', accepted: true }),
    ]);
    expect(footprint(world)).toEqual(before);
  });

  it('interrupts a running step, and refuses a second one and an approval that comes too late', async () => {
    const world = bench.freshWorld();
    const making = barrier();
    world.faults.set('ensureInstance', { when: 'after', times: 1, strike: () => making.passed });
    const run = await startRun(bench);
    await run.until('the step', () => world.calls.includes('ensureInstance'));
    await run.send(rollback, { actor: 'olga' });
    expect(await run.send(rollback, { actor: 'ada' })).toEqual({
      accepted: false,
      reason: 'it is being stopped already: olga asked for a rollback, so everything was undone',
    });
    making.open();
    expect((await run.end()).progress.status).toBe('cancelled');
    expect(footprint(world)).toEqual(before);
  });
});

describe('a cancel inside the fence', () => {
  it('does not interrupt it and changes nothing once the writes have moved, which is recorded', async () => {
    const world = bench.freshWorld();
    const fenced = barrier();
    world.faults.set('cutOver', { when: 'inside', times: 1, strike: () => fenced.passed });
    const run = await startRun(bench);
    await run.gate();
    await run.approve();
    await run.until('the fence', () => world.source?.state === 'fenced');
    await run.handle.cancel();
    await cancelRecorded(run);
    expect(await run.send(rollback, { actor: 'olga' })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('right now'),
    });
    expect(await run.send(pause, { actor: 'olga' })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('cutting-over'),
    });
    fenced.open();
    const { closed, progress } = await run.finish();
    expect([closed, progress.status]).toEqual(['completed', 'done']);
    expect(progress.decisions.filter(({ message }) => message === 'cancel').map(({ accepted }) => accepted)).toEqual([
      true,
      false,
    ]);
    expect(world.clusters.has('mindmeasure-aurora')).toBe(true);
  });

  it('undoes after it, if the approval was void and the fence never began', async () => {
    const world = bench.freshWorld();
    const checking = barrier();
    world.windowClosed = true;
    world.faults.set('cutOver', { when: 'before', times: 1, strike: () => checking.passed });
    const run = await startRun(bench);
    await run.gate();
    await run.approve();
    await run.until('the cutover', () => world.calls.includes('cutOver'));
    await run.handle.cancel();
    await cancelRecorded(run);
    checking.open();
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['cancelled', 'cancelled']);
    expect(footprint(world)).toEqual(before);
  });
});

describe('a cancel after the commit', () => {
  it('changes nothing, is recorded, and a rollback still works', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    await run.handle.cancel();
    await cancelRecorded(run);
    const { decisions, status } = await run.progress();
    expect(status).toBe('soaking');
    expect(decisions.at(-1)).toMatchObject({
      message: 'cancel',
      accepted: false,
      reason: expect.stringContaining('use rollback'),
    });
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['failed', 'rolled-back']);
    expect(whoMayWrite(world)).toEqual(['source']);
  });
});

describe('a pause', () => {
  it('takes effect between two steps, lasts until resume, and a second one is refused', async () => {
    const world = bench.freshWorld();
    const making = barrier();
    world.faults.set('ensureCluster', { when: 'after', times: 1, strike: () => making.passed });
    const run = await startRun(bench);
    await run.until('the step', () => world.calls.includes('ensureCluster'));
    expect(await run.send(resume, { actor: 'ada' })).toEqual({ accepted: false, reason: 'it is not paused' });
    expect(await run.send(pause, { actor: 'olga' })).toEqual({ accepted: true });
    expect((await run.progress()).status).toBe('running');
    expect(await run.send(pause, { actor: 'ada' })).toMatchObject({
      accepted: false,
      reason: 'olga has paused it already',
    });
    making.open();
    await run.until('the pause', (p) => p.status === 'paused');
    expect(world.calls.at(-1)).toBe('ensureCluster');
    await run.send(resume, { actor: 'ada' });
    await run.gate();
    await run.reject();
    await run.end();
  });

  it('holds an approved cutover back before its fence, and a cancel ends it', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    await run.send(pause, { actor: 'olga' });
    await run.approve();
    await run.until('the pause', (p) => p.status === 'paused');
    expect(world.calls).not.toContain('cutOver');
    await run.handle.cancel();
    const { closed } = await run.end();
    expect(closed).toBe('cancelled');
    expect(footprint(world)).toEqual(before);
  });

  it('never stands in the way of an undo', async () => {
    const world = bench.freshWorld();
    const strike = (): never => {
      throw failure('DatabaseRefused', 'no');
    };
    world.faults.set('claimSource', { when: 'after', times: 1, strike });
    const run = await startRun(bench);
    await run.until('the hold', (p) => p.status === 'held');
    await run.send(pause, { actor: 'olga' });
    await run.send(hold, { actor: 'olga', answer: 'undo' });
    expect((await run.end()).progress.status).toBe('undone');
    expect(footprint(world)).toEqual(before);
  });
});
