import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import { footprint, newWorld, whoMayWrite, type Fault } from './fake-world.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());
const strike = (): never => {
  throw failure('ControlPlaneRefused', 'a fault of the test');
};
const fault = (when: Fault['when']): Fault => ({ when, times: 1, strike });

/** Every activity on the way to the gate, in order. */
const STEPS: readonly ActivityName[] = [
  'assess',
  'claimSource',
  'ensureParameterGroup',
  'ensureCluster',
  'awaitCluster',
  'ensureInstance',
  'awaitInstance',
  'probeTarget',
  'ensureSnapshot',
  'awaitSnapshot',
  'prepareTarget',
  'copyDatabase',
  'carryRoles',
  'analyzeTarget',
  'stageSwitch',
  'verifyCopy',
  'checkHealth',
  'publishReport',
];

describe('a step that fails under onFailure: undo leaves the world as it was', () => {
  it.each(STEPS.flatMap((name) => [[name, 'before'] as const, [name, 'after'] as const]))(
    '%s, failing %s its deed',
    async (name, when) => {
      const world = bench.freshWorld();
      world.faults.set(name, fault(when));
      const run = await startRun(bench, samplePlan({ onFailure: 'undo' }));
      const { closed, progress } = await run.end();

      expect(closed).toBe('failed');
      expect(progress.status).toBe('undone');
      expect(progress.reason).toContain('a fault of the test');
      expect(footprint(world)).toEqual(before);
      expect(progress.undo.every(({ outcome }) => outcome === 'undone' || outcome === 'absent')).toBe(true);
      expect(world.outcomes.at(-1)?.status).toBe('undone');
    },
  );

  it('covers every activity that runs before the gate', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    expect(new Set(world.calls)).toEqual(new Set(STEPS));
    await run.reject();
    await run.end();
  });

  it('and the undos run last in first out, the claim on the source last', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    const forward = world.calls.length;
    await run.reject();
    await run.end();
    expect(world.calls.slice(forward)).toEqual([
      'unstageSwitch',
      'unstageSwitch',
      'dropWorkingCopy',
      'deleteInstance',
      'deleteInstance',
      'deleteCluster',
      'deleteParameterGroup',
      'releaseSource',
      'publishOutcome',
    ]);
  });

  it('but keeps the safety snapshot', async () => {
    const world = bench.freshWorld();
    world.faults.set('verifyCopy', fault('before'));
    const run = await startRun(bench, samplePlan({ onFailure: 'undo' }));
    await run.end();
    expect([...world.snapshots]).toEqual([expect.stringContaining('before')]);
  });
});

describe('a migration that must not begin', () => {
  it('ends refused on a blocker, with nothing changed', async () => {
    const world = bench.freshWorld();
    world.findings = [{ level: 'blocker', check: 'role-missing', message: 'role app is missing: create it' }];
    const run = await startRun(bench);
    const { progress } = await run.end();
    expect(progress.status).toBe('refused');
    expect(progress.reason).toContain('role-missing: role app is missing');
    expect(world.calls).toEqual(['assess', 'publishOutcome']);
    expect(progress.sections.map(({ status }) => status)).toEqual([
      'failed',
      ...Array.from({ length: 7 }, () => 'skipped'),
    ]);
  });

  it('leaves the claim of another run alone', async () => {
    const world = bench.freshWorld();
    world.claimedBy = 'another run';
    const run = await startRun(bench, samplePlan({ onFailure: 'undo' }));
    const { progress } = await run.end();
    expect(progress.status).toBe('undone');
    expect(progress.undo).toEqual([{ undo: { kind: 'releaseSource' }, outcome: 'absent' }]);
    expect(world.claimedBy).toBe('another run');
  });
});

describe('a failure inside the fence', () => {
  it('gives the writes back and undoes everything, whatever the plan says of failures', async () => {
    const world = bench.freshWorld();
    world.faults.set('cutOver', fault('inside'));
    const run = await startRun(bench);
    await run.gate();
    await run.approve();
    const { closed, progress } = await run.end();
    expect(closed).toBe('failed');
    expect(progress.status).toBe('given-back');
    expect(progress.reason).toContain('the source has its writes again: a fault of the test');
    expect(whoMayWrite(world)).toEqual(['source']);
    expect(footprint(world)).toEqual(before);
    expect(world.calls.slice(world.calls.indexOf('cutOver'))).toEqual(
      expect.arrayContaining(['readCustody', 'settleHandOver', 'revertSwitch']),
    );
  });
});
