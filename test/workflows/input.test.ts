import { readFile } from 'node:fs/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationPlan } from '../../model/plan.ts';
import { workflowBundle } from '../../worker/workflow-bundle.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

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
    // The bundler itself fails on a built-in that is used.
    const bundle = await workflowBundle();
    const code = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8');
    const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].map(([, id]) => id ?? '');
    const ours = modules.filter((id) => id.startsWith('./') && !id.startsWith('./node_modules/'));
    expect(ours).toContain('./workflows/migrate-workflow.ts');
    expect(ours.filter((id) => !/^\.\/(model|workflows)\//.test(id))).toEqual([]);
    expect(modules.filter((id) => id.startsWith('node:'))).toEqual([]);
  });
});
