import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationPlan } from '../../model/plan.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { bundleWorkflows, openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('the workflow', () => {
  it('refuses what is no plan before it does anything', async () => {
    const world = bench.freshWorld();
    const broken = { ...samplePlan(), strategy: 'teleport' } as unknown as MigrationPlan;
    const run = await startRun(bench, broken);
    const error: unknown = await run.handle.result().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringContaining('strategy'),
    });
    expect(world.calls).toEqual([]);
  });

  it('is bundled without a module of node and without the code of an activity', async () => {
    const { code, sourceMap } = await bundleWorkflows();
    // The bundler itself fails on a built-in that is used; what is left are the modules it was told to ignore.
    const map = JSON.parse(sourceMap === '' ? '{}' : sourceMap) as { readonly sources?: readonly string[] };
    const sources =
      map.sources ?? [...code.matchAll(/\.\/(activities|worker|client|local)\/[\w./-]+\.ts/g)].map(([path]) => path);
    expect(sources.filter((path) => /(^|\/)(activities|worker|client|local)\/[^/]*\.ts$/.test(path))).toEqual([]);
    expect(code).toContain('migrateWorkflow');
    expect(code).not.toMatch(/require\("(node:)?(fs|net|http|child_process|crypto)"\)/);
  });
});
