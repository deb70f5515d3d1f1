import { afterAll, beforeAll, expect, it } from 'vitest';
import { footprint, newWorld, whoMayWrite } from './fake-world.ts';
import { startRun } from './run.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ queues: ['main', 'copy'] });
});
afterAll(() => bench[Symbol.asyncDispose]());

it('a cutover no worker takes within 30 s leads back to the gate, settled by another queue, and works once a worker lives', async () => {
  const world = bench.freshWorld();
  const run = await startRun(bench);
  await run.gate();
  await run.approve();
  await run.until('the cutover to wait for a worker', (p) => p.status === 'cutting-over');
  await bench.env.sleep('29s');
  expect((await run.progress()).status).toBe('cutting-over');
  await bench.env.sleep('60s');
  const { sections } = await run.until('the second gate', (p) => p.gate?.report.round === 2);
  expect(sections.find(({ name }) => name === 'cutover')?.steps[0]?.detail).toContain(
    'no worker took cutOver: start one',
  );
  expect(world.calls).not.toContain('cutOver');
  expect(whoMayWrite(world)).toEqual(['source']);

  await bench.work('cutover');
  await run.approve();
  const { progress } = await run.finish();
  expect(progress.status).toBe('done');
});

it('and can be rejected then, leaving the world as it was', async () => {
  const world = bench.freshWorld();
  const run = await startRun(bench);
  await run.gate();
  await run.reject();
  await run.end();
  expect(footprint(world)).toEqual(footprint(newWorld()));
});
