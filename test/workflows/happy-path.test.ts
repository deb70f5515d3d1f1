import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationId } from '../../model/names.ts';
import { whoMayWrite } from './fake-world.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  // Every workflow task begins with a replay: what is not deterministic shows.
  bench = await openBench({ workers: { maxCachedWorkflows: 0 } });
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a migration that nothing disturbs', () => {
  it('goes through all phases, a day of soak and both gates, and ends done, replayed at every task', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, samplePlan({ soak: { duration: '24h' } }));

    const { report } = await run.gate();
    expect(report).toMatchObject({
      gate: 'cutover',
      migration: migrationId(samplePlan()),
      tables: 3,
      rows: 42,
      differences: 0,
    });
    expect(whoMayWrite(world)).toEqual(['source']);
    expect(await run.approve()).toEqual({ accepted: true });
    const soaking = await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(whoMayWrite(world)).toEqual(['target']);
    expect(soaking.wayBack?.until).toBe(soaking.waitingFor?.until);
    await bench.env.sleep('25h');
    expect((await run.gate('decommission')).report).toMatchObject({ source: 'delete' });
    await run.approveDecommission();
    const { closed, progress } = await run.end();

    expect(closed).toBe('completed');
    expect(progress.status).toBe('done');
    expect(progress.sections.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'setup done',
      'data done',
      'application done',
      'verification done',
      'approval done',
      'cutover done',
      'soak done',
      'cleanup done',
    ]);
    expect(world.sourceInstance).toBe('deleted');
    expect(world.production.has('mindmeasure-aurora')).toBe(true);
    expect(world.outcomes.at(-1)?.status).toBe('done');
  });
});
