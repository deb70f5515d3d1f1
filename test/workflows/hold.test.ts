import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { hold } from '../../workflows/messages.ts';
import { footprint, newWorld } from './fake-world.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());
const refuse = (): never => {
  throw failure('DatabaseRefused', 'role app may not do that');
};

describe('a step that fails before the fence', () => {
  it('holds, says why and what may be answered, and goes on after retry', async () => {
    const world = bench.freshWorld();
    world.faults.set('carryRoles', { when: 'before', times: 1, strike: refuse });
    const run = await startRun(bench);
    const { held, waitingFor } = await run.until('the hold', (p) => p.status === 'held');
    expect(held).toEqual({
      step: 'carry roles and grants over',
      failure: 'DatabaseRefused',
      message: 'role app may not do that',
      answers: ['retry', 'undo'],
    });
    expect(waitingFor?.what).toContain('carry roles and grants over');
    expect(await run.send(hold, { actor: 'olga', answer: 'retry' })).toEqual({ accepted: true });
    await run.gate();
    const { progress } = await run.reject().then(() => run.end());
    expect(world.calls.filter((name) => name === 'carryRoles')).toHaveLength(2);
    expect(progress.held).toBeNull();
    expect(progress.decisions[0]).toMatchObject({ message: 'hold', by: 'olga', accepted: true });
  });

  it('is undone when the operator says undo', async () => {
    const world = bench.freshWorld();
    world.faults.set('stageSwitch', { when: 'after', times: 9, strike: refuse });
    const run = await startRun(bench);
    await run.until('the hold', (p) => p.status === 'held');
    await run.send(hold, { actor: 'olga', answer: 'undo' });
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['failed', 'undone']);
    expect(progress.reason).toBe('stage switch website failed (role app may not do that); olga chose undo');
    expect(footprint(world)).toEqual(before);
  });

  it('refuses answers that do not fit, each with its reason', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    expect(await run.send(hold, { actor: 'olga', answer: 'retry' })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('nothing is held'),
    });
    await run.reject();
    await run.end();

    world.faults.set('assess', { when: 'before', times: 1, strike: refuse });
    const held = await startRun(bench);
    await held.until('the hold', (p) => p.status === 'held');
    expect(await held.send(hold, { actor: 'olga', answer: 'skip', reason: 'why not' })).toEqual({
      accepted: false,
      reason: 'skip does not answer the hold at assess the plan and both sides: wanted one of retry, undo',
    });
    await held.send(hold, { actor: 'olga', answer: 'undo' });
    await held.end();
  });

  it('undoes itself when nobody answers within abandonAfter', async () => {
    const world = bench.freshWorld();
    world.faults.set('ensureCluster', { when: 'after', times: 9, strike: refuse });
    const run = await startRun(bench, samplePlan({ abandonAfter: '2d' }));
    const { progress } = await run.end();
    expect(progress.status).toBe('abandoned');
    expect(Date.parse(progress.endedAt ?? '') - Date.parse(progress.startedAt)).toBeGreaterThanOrEqual(
      2 * 24 * 3_600_000,
    );
    expect(footprint(world)).toEqual(before);
  });

  it('counts the time of all holds together toward abandonAfter', async () => {
    const world = bench.freshWorld();
    world.faults.set('ensureCluster', { when: 'before', times: 2, strike: refuse });
    const run = await startRun(bench, samplePlan({ abandonAfter: '10h' }));
    await run.until('the first hold', (p) => p.status === 'held');
    await bench.env.sleep('8h');
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    await run.until('the second hold', () => world.calls.filter((name) => name === 'ensureCluster').length === 2);
    const { progress } = await run.end();
    expect(progress.status).toBe('abandoned');
    expect(Date.parse(progress.endedAt ?? '') - Date.parse(progress.startedAt)).toBeLessThan(11 * 3_600_000);
  });

  it('that never succeeds in its time is held with what it said last', async () => {
    const world = bench.freshWorld();
    const notYet = (): never => {
      throw failure('ResourceNotReady', 'instance is creating, 40 %', { benign: true });
    };
    world.faults.set('awaitInstance', { when: 'before', times: 999, strike: notYet });
    const run = await startRun(bench);
    await run.until('the first look', () => world.calls.includes('awaitInstance'));
    await bench.env.sleep('61m');
    const { held } = await run.until('the hold', (p) => p.status === 'held');
    expect(held?.message).toContain('instance is creating, 40 %');
    await run.send(hold, { actor: 'olga', answer: 'undo' });
    await run.end();
    expect(footprint(world)).toEqual(before);
  });
});

describe('a copy that differs from the source', () => {
  it('is held, and retry makes the copy again before it verifies again', async () => {
    const world = bench.freshWorld();
    world.differing = ['public.profiles'];
    const run = await startRun(bench);
    const { held } = await run.until('the hold', (p) => p.status === 'held');
    expect(held).toMatchObject({ failure: 'VerificationFailed', message: expect.stringContaining('public.profiles') });
    world.differing = [];
    await bench.env.sleep('8h');
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    const { report } = await run.gate();
    // Eight hours of waiting for the operator are no prediction of the pause.
    expect(report.gate === 'cutover' && report.predictedPauseMs).toBeLessThan(3_600_000);
    expect(world.copies).toBe(2);
    await run.reject();
    await run.end();
  });
});

describe('a bug', () => {
  it('of an activity is held even under onFailure: undo, and undoes nothing by itself', async () => {
    const world = bench.freshWorld();
    const bug = (): never => {
      throw new TypeError('undefined is not a function');
    };
    world.faults.set('prepareTarget', { when: 'before', times: 999, strike: bug });
    const run = await startRun(bench, samplePlan({ onFailure: 'undo' }));
    await run.until('the first try', () => world.calls.includes('prepareTarget'));
    await bench.env.sleep('31m');
    const { held, undo } = await run.until('the hold', (p) => p.status === 'held');
    expect(held).toMatchObject({
      failure: 'Unexpected',
      message: expect.stringContaining('undefined is not a function'),
    });
    expect(undo).toEqual([]);
    world.faults.clear();
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    await run.gate();
    await run.reject();
    await run.end();
  });

  it('of the workflow fails its task and waits for a fixed deploy: nothing is undone, nothing ends', async () => {
    const world = bench.freshWorld();
    // No activity may answer so; the code that reads the answer then fails as a bug of its own would.
    const impossible = world as { findings: unknown };
    impossible.findings = null;
    const run = await startRun(bench, samplePlan({ onFailure: 'undo' }));
    const types = async (): Promise<readonly string[]> =>
      ((await run.handle.fetchHistory()).events ?? []).map(({ workflowTaskFailedEventAttributes: failed }) =>
        failed === null || failed === undefined ? '' : (failed.failure?.message ?? ''),
      );
    await expect.poll(types, { timeout: 20_000 }).toContainEqual(expect.stringContaining('null'));
    expect((await run.handle.describe()).status.name).toBe('RUNNING');
    expect(world.calls).toEqual(['assess']);
    await run.handle.terminate('the test is over');
  });
});
