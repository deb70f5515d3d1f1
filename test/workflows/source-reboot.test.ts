import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { approveCutover, approveSourceReboot, hold, rejectSourceReboot } from '../../workflows/messages.ts';
import { footprint, newWorld, type World } from './fake-world.ts';
import { startRun, type Run } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());
const plan = () => samplePlan({ strategy: 'blue-green' });
const unready = (): World => {
  const world = bench.freshWorld();
  world.sourceParameters = 'unset';
  return world;
};
const undone = async (run: Run): Promise<void> => {
  await run.reject();
  await run.end();
};

describe('the gate source-reboot', () => {
  it('comes before anything is made, and says what changes where', async () => {
    const world = unready();
    const run = await startRun(bench, plan());
    const { report } = await run.gate('source-reboot');
    expect(report).toMatchObject({
      changes: [{ parameter: 'rds.logical_replication', from: '0', to: '1' }],
      parameterGroup: 'default.postgres15',
      newParameterGroup: 'mindmeasure-daybreak',
      from: { name: 'mindmeasure', engine: 'RDS for PostgreSQL 15.10' },
    });
    expect(footprint(world)).toEqual(before);
    expect(world.calls).toEqual(['assess', 'publishReport']);
    await run.approveSourceReboot();
    await undone(run);
  });

  it('approved, reboots once, looks again, and every later report names the whole interruption', async () => {
    const world = unready();
    const run = await startRun(bench, plan());
    await run.approveSourceReboot();
    const { report } = await run.gate();
    expect(world.sourceReboots).toBe(1);
    expect(world.calls.filter((name) => name === 'assess')).toHaveLength(2);
    expect(report).toMatchObject({ predictedPauseMs: 60, sourceReboot: { interruptionMs: 20_000 } });
    await run.approve();
    const { progress } = await run.finish();
    const { closedMs } = progress.handOvers[0] ?? { closedMs: Number.NaN };
    expect([...world.reports.values()].at(-1)).toMatchObject({
      gate: 'decommission',
      interruptionMs: 20_000 + closedMs,
    });
    expect(progress.status).toBe('done');
    expect(progress.sourceReboot).toMatchObject({ interruptionMs: 20_000, parameterGroup: 'mindmeasure-daybreak' });
  });

  it('rejected, ends the run and leaves the world as it was', async () => {
    const world = unready();
    const run = await startRun(bench, plan());
    const { digest } = await run.gate('source-reboot');
    await run.send(rejectSourceReboot, { digest, approver: 'grace', comment: 'not this week' });
    const { progress } = await run.end();
    expect(progress.status).toBe('rejected');
    expect(progress.reason).toBe('grace rejected the reboot of the source: not this week');
    expect(progress.sourceReboot).toBeUndefined();
    expect(footprint(world)).toEqual(before);
    expect(world.sourceParameters).toBe('unset');
  });

  it('is opened by nothing that approves another gate, nor by its own digest of an earlier round', async () => {
    const world = unready();
    const run = await startRun(bench, plan());
    const { digest } = await run.gate('source-reboot');
    expect(await run.send(approveCutover, { digest, approver: 'ada' })).toMatchObject({ accepted: false });
    await bench.env.sleep('5h');
    await run.gate('source-reboot', 2);
    expect(await run.send(approveSourceReboot, { digest, approver: 'ada' })).toMatchObject({ accepted: false });
    expect(world.sourceReboots).toBe(0);
    await run.approveSourceReboot();
    await undone(run);
  });

  it('approved outside its window, changes nothing and asks again', async () => {
    const world = unready();
    world.windowClosed = true;
    const run = await startRun(bench, plan());
    await run.approveSourceReboot();
    const { report } = await run.gate('source-reboot', 2);
    expect(report.round).toBe(2);
    expect([world.sourceReboots, world.sourceParameters]).toEqual([0, 'unset']);
    expect((await run.progress()).sourceReboot).toBeUndefined();
    world.windowClosed = false;
    await run.approveSourceReboot();
    await run.gate();
    await undone(run);
  });

  it('undone after a step that failed, says that the parameters stay', async () => {
    const world = unready();
    const strike = (): never => {
      throw failure('ControlPlaneRefused', 'a fault of the test');
    };
    world.faults.set('rebootSource', { when: 'before', times: 1, strike });
    const run = await startRun(bench, plan());
    await run.approveSourceReboot();
    await run.until('the hold', (p) => p.held !== null);
    await run.send(hold, { actor: 'olga', answer: 'undo' });
    const { progress } = await run.end();
    expect(progress.status).toBe('undone');
    expect(progress.sourceReboot).toMatchObject({ rebootedAt: null, interruptionMs: null });
    expect(footprint(world)).toEqual(before);
  });

  it('names the reboot when blockers are found after it', async () => {
    const world = unready();
    const run = await startRun(bench, plan());
    await run.gate('source-reboot');
    world.findings = [{ level: 'blocker', check: 'no-identity', message: 'a table without key' }];
    await run.approveSourceReboot();
    const { progress } = await run.end();
    expect(progress.status).toBe('refused');
    expect(progress.reason).toMatch(/^1 blockers, nothing was changed but the parameters of the source: no-identity/);
    expect(progress.sourceReboot?.interruptionMs).toBe(20_000);
  });
});
