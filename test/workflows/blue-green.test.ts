import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import { rollback } from '../../workflows/messages.ts';
import { footprint, newWorld, whoMayWrite } from './fake-world.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());
const plan = (change: Parameters<typeof samplePlan>[0] = {}) => samplePlan({ strategy: 'blue-green', ...change });

describe('strategy blue-green', () => {
  it('copies once, follows, arms the way back before the gate, and ends the replication with the source', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, plan());
    const { report } = await run.gate();
    expect(report).toMatchObject({ strategy: 'blue-green', tables: 3, rows: 42, predictedPauseMs: 60 });
    expect([...world.replication]).toEqual(['prepared', 'closed', 'following', 'way back']);
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking');
    expect(whoMayWrite(world)).toEqual(['target']);
    const { progress } = await run.finish();
    expect(progress.status).toBe('done');
    expect(world.copies).toBe(1);
    expect([...world.replication]).toEqual([]);
    expect(world.calls.indexOf('dropReplication')).toBeLessThan(world.calls.indexOf('retireSource'));
  });

  it('goes back without asking for a loss, after every row was compared the other way round', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, plan());
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    const { progress } = await run.end();
    expect(progress.status).toBe('rolled-back');
    expect(progress.reason).toContain('the source has the writes, all of them');
    expect(world.calls.filter((name) => name === 'verifyLive')).toHaveLength(2);
    expect(whoMayWrite(world)).toEqual(['source']);
    expect([...world.replication]).toEqual([]);
  });

  it('stays on the target when both sides differ, and says where', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, plan());
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    world.differing = ['public.ledger'];
    await run.send(rollback, { actor: 'olga' });
    const { reason } = await run.until('the refusal', (p) => p.reason?.includes('public.ledger') ?? false);
    expect(reason).toMatch(/^the target kept the writes: 1 tables differ/);
    expect(whoMayWrite(world)).toEqual(['target']);
    world.differing = [];
    await run.finish();
  });

  it.each<ActivityName>(['prepareReplication', 'copyLive', 'closeTarget', 'followSource', 'verifyLive', 'armReverse'])(
    '%s that fails under onFailure: undo leaves the world as it was',
    async (name) => {
      const world = bench.freshWorld();
      const strike = (): never => {
        throw failure('DatabaseRefused', 'a fault of the test');
      };
      world.faults.set(name, { when: 'after', times: 1, strike });
      const run = await startRun(bench, plan({ onFailure: 'undo' }));
      const { progress } = await run.end();
      expect(progress.status).toBe('undone');
      expect(progress.reason).toContain('a fault of the test');
      expect(footprint(world)).toEqual(before);
    },
  );
});
