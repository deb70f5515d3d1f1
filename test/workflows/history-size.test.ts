import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { startRun } from './run.ts';
import { CUTOVER, samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** Every look of a watch is a retry and adds no event; asked hourly, the test need not wait for twenty thousand of them. */
const nothingNew = (): never => {
  throw failure('ResourceNotReady', 'nothing new', { benign: true, nextRetryDelayMs: 3_700_000 });
};

describe('history stays small', () => {
  it('over a week at the gate and a week of soak: at most 2,000 events, with search attributes on', async () => {
    const world = bench.freshWorld();
    for (const watch of ['watchFeeds', 'watchSoak'] as const)
      world.faults.set(watch, { when: 'before', times: 999_999, strike: nothingNew });
    const plan = samplePlan({ strategy: 'blue-green', soak: { duration: '7d' } });
    const run = await startRun(bench, plan, { searchAttributes: true });
    await run.gate();
    await bench.env.sleep('7d');
    // With a report every four hours that is 42 rounds.
    expect(world.reports.size).toBeGreaterThanOrEqual(42);
    await run.approve();
    const { progress } = await run.finish();
    expect(progress.status).toBe('done');
    const events = await run.events();
    expect(events).toBeLessThanOrEqual(2_000);
  });

  it('even if the application flaps through a week of soak', async () => {
    const world = bench.freshWorld();
    let looks = 0;
    world.faults.set('watchSoak', {
      when: 'before',
      times: 999_999,
      strike: () => {
        looks += 1;
        world.trouble = looks % 2 === 1 ? `ill for the ${looks}th time` : null;
      },
    });
    const run = await startRun(bench, samplePlan({ soak: { duration: '7d' } }));
    await run.approve();
    const { progress } = await run.finish();
    expect(progress.status).toBe('done');
    expect(looks).toBeGreaterThan(50);
    expect(await run.events()).toBeLessThanOrEqual(2_000);
  });

  it('even if the network flaps through a week at the gate', async () => {
    const world = bench.freshWorld();
    let looks = 0;
    world.faults.set('watchFeeds', {
      when: 'before',
      times: 999_999,
      strike: () => {
        looks += 1;
        world.feedNews = {
          trouble: looks % 2 === 1 ? 'the feed could not be looked at' : null,
          stops: null,
          voids: null,
        };
      },
    });
    const plan = samplePlan({ strategy: 'blue-green', cutover: { ...CUTOVER, reportExpiry: '8d' } });
    const run = await startRun(bench, plan);
    await run.gate();
    await bench.env.sleep('7d');
    expect(looks).toBeGreaterThan(500);
    expect(await run.events()).toBeLessThanOrEqual(1_000);
    await run.reject();
    await run.end();
  });

  it('over a month at the decommission gate', async () => {
    const world = bench.freshWorld();
    world.faults.set('watchSoak', { when: 'before', times: 999_999, strike: nothingNew });
    const run = await startRun(bench);
    await run.approve();
    await run.until('the soak', (p) => p.waitingFor !== null && p.status === 'soaking');
    await bench.env.sleep('31d');
    const { progress } = await run.finish();
    expect(progress.status).toBe('done');
    expect(await run.events()).toBeLessThanOrEqual(2_000);
  });
});
