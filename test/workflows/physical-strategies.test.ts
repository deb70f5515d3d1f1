import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { whoMayWrite } from './fake-world.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const planWith = (strategy: 'replica' | 'snapshot') => {
  const { target } = samplePlan();
  return samplePlan({ strategy, target: { ...target, instances: 1 } });
};

/** Which of these activities were called, in their order. */
const called = (calls: readonly string[], ...names: string[]): string[] => calls.filter((name) => names.includes(name));

describe('a target made of the source’s files', () => {
  it('by replica is neither prepared nor copied into, and its report says when the rows are compared', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, planWith('replica'));
    const { report } = await run.gate();
    expect(report.findings).toContainEqual(expect.objectContaining({ check: 'rows-compared-later' }));
    expect(called(world.calls, 'prepareTarget', 'copyDatabase', 'carryRoles', 'prepareReplication')).toEqual([]);
    expect(world.calls).toContain('awaitReplay');
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(whoMayWrite(world)).toEqual(['target']);
    expect(world.calls).toContain('freeParameters');
  });

  it('by snapshot is rehearsed with the safety snapshot, and cleared away before the fence', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, planWith('snapshot'));
    await run.gate();
    const made = ['ensureSnapshot', 'ensureCluster', 'ensureInstance', 'takeOverRehearsal', 'readCopy'];
    expect([...new Set(called(world.calls, ...made))]).toEqual(made);
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(called(world.calls, 'deleteInstance', 'deleteCluster', 'cutOver')).toEqual([
      'deleteInstance',
      'deleteCluster',
      'cutOver',
    ]);
    expect(whoMayWrite(world)).toEqual(['target']);
    expect([...world.snapshots].map(kindOf), 'kept: it is the source as it was handed over').toEqual([
      'before',
      'fenced',
    ]);
  });

  it('by snapshot and given back leaves no snapshot but the safety one', async () => {
    const world = bench.freshWorld();
    const strike = (): never => {
      throw failure('VerificationFailed', 'a row differs');
    };
    world.faults.set('cutOver', { when: 'inside', times: 1, strike });
    const run = await startRun(bench, planWith('snapshot'));
    await run.approve();
    const { progress } = await run.end();
    expect(progress.status).toBe('given-back');
    expect([...world.snapshots].map(kindOf)).toEqual(['before']);
    expect(progress.undo).toContainEqual(
      expect.objectContaining({ undo: expect.objectContaining({ kind: 'deleteSnapshot' }), outcome: 'undone' }),
    );
  });
});

const kindOf = (snapshot: string): string | undefined => /before|fenced/.exec(snapshot)?.[0];
