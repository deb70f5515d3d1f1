import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { approveCutover, hold, pause, resume } from '../../workflows/messages.ts';
import { hangUntilCancelled } from './fake-activities.ts';
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
const plan = (change: Parameters<typeof samplePlan>[0] = {}) => samplePlan({ strategy: 'blue-green', ...change });
const refuse = (): never => {
  throw failure('DatabaseRefused', 'it may not do that');
};

const FULL = 'the source keeps more than 20 GB of its log for the target (replication.maxRetainedWal)';
const fillUp = (world: World): void => {
  world.feedNews = { trouble: FULL, stops: FULL, voids: null };
};
/** Past the next two looks of the watch. */
const letItLook = (): Promise<void> => bench.env.sleep('16m');

async function start(change: Parameters<typeof samplePlan>[0] = {}, prepare: (world: World) => void = () => undefined) {
  const world = bench.freshWorld();
  prepare(world);
  return { world, run: await startRun(bench, plan(change)) };
}

/** How it ended, and what is left of it. */
async function outcome(run: Run, world: World): Promise<object> {
  const { status, reason, trouble } = (await run.end()).progress;
  return { status, reason, trouble, left: footprint(world) };
}
const UNDONE = { status: 'undone', reason: `${FULL}, so everything was undone`, trouble: null, left: before };

describe('a source that is about to fill up', () => {
  it('ends the run by itself while it waits at the gate', async () => {
    const { world, run } = await start();
    await run.gate();
    fillUp(world);
    expect(await outcome(run, world)).toEqual(UNDONE);
  });

  it('ends it while it is held', async () => {
    const { world, run } = await start({}, ({ faults }) => {
      faults.set('copyLive', { when: 'before', times: 9, strike: refuse });
    });
    await run.until('the hold', (p) => p.status === 'held');
    fillUp(world);
    expect(await outcome(run, world)).toEqual(UNDONE);
  });

  it('ends it while it is paused', async () => {
    const { world, run } = await start({}, ({ faults }) => {
      faults.set('copyLive', { when: 'before', times: 1, strike: hangUntilCancelled });
    });
    await run.until('the copy', () => world.calls.includes('copyLive'));
    await run.send(pause, { actor: 'olga' });
    await run.until('the pause', (p) => p.status === 'paused');
    fillUp(world);
    expect(await outcome(run, world)).toEqual(UNDONE);
  });

  it('ends it in the middle of the copy', async () => {
    const { world, run } = await start({}, (w) => {
      w.faults.set('prepareReplication', { when: 'after', times: 1, strike: () => fillUp(w) });
      w.faults.set('copyLive', { when: 'before', times: 1, strike: hangUntilCancelled });
    });
    expect(await outcome(run, world)).toEqual(UNDONE);
  });
});

describe('trouble of the feed', () => {
  it('is shown as it comes and goes, while the run goes on', async () => {
    const trouble = 'the target does not follow: its apply worker does not run, see its log';
    const { world, run } = await start({}, (w) => {
      w.feedNews = { trouble, stops: null, voids: null };
    });
    await run.gate();
    const shown = await run.until('the trouble', (p) => p.trouble !== null);
    expect(shown.trouble).toBe(trouble);
    world.feedNews = { trouble: null, stops: null, voids: null };
    await letItLook();
    await run.until('its end', (p) => p.trouble === null);
    await run.reject();
    await run.end();
  });

  it('is that the watch itself fails, and the run goes on', async () => {
    const { run } = await start({}, ({ faults }) => {
      faults.set('watchFeeds', { when: 'before', times: 1, strike: refuse });
    });
    const shown = await run.until('the trouble', (p) => p.trouble !== null);
    expect(shown.trouble).toBe('what following the source costs it could not be watched: it may not do that');
    await run.gate();
    await letItLook();
    await run.until('its end', (p) => p.trouble === null);
    await run.reject();
    await run.end();
  });
});

describe('a verdict that holds no longer', () => {
  const drift = 'column public.people.email is only on the side that writes: make the same change on the other side';

  it('voids the report that waits for approval, and a new round asks again', async () => {
    const { world, run } = await start();
    const { digest } = await run.gate();
    world.feedNews = { trouble: drift, stops: null, voids: drift };
    world.faults.set('verifyLive', { when: 'before', times: 1, strike: refuse });
    await letItLook();
    const { reason, trouble } = await run.until('the hold', (p) => p.status === 'held');
    expect([reason, trouble]).toEqual([`the cutover report of round 1 is void: ${drift}`, drift]);
    expect(await run.send(approveCutover, { digest, approver: 'ada' })).toMatchObject({ accepted: false });

    world.feedNews = { trouble: null, stops: null, voids: null };
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    await run.gate('cutover', 2);
    await run.approve();
    expect((await run.finish()).progress.status).toBe('done');
  });

  it('keeps an approved cutover from beginning', async () => {
    const { world, run } = await start();
    await run.gate();
    await run.send(pause, { actor: 'olga' });
    await run.approve();
    await run.until('the pause', (p) => p.status === 'paused');
    world.feedNews = { trouble: drift, stops: null, voids: drift };
    await letItLook();
    await run.until('the finding', (p) => p.trouble === drift);
    world.faults.set('verifyLive', { when: 'before', times: 1, strike: refuse });
    await run.send(resume, { actor: 'olga' });
    const { reason } = await run.until('the hold', (p) => p.status === 'held');
    expect(reason).toBe(`the cutover was not begun: ${drift}`);
    expect(world.calls).not.toContain('cutOver');
    await run.send(hold, { actor: 'olga', answer: 'undo' });
    await run.end();
    expect(footprint(world)).toEqual(before);
  });
});

describe('the watch of the feed', () => {
  it('is over when the writes are moved', async () => {
    const { world, run } = await start();
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(world.calls).toContain('watchFeeds');
    const looks = world.calls.length;
    fillUp(world);
    expect((await run.finish()).progress.status).toBe('done');
    expect(world.calls.slice(looks)).not.toContain('watchFeeds');
  });

  it('begins again where a cutover was not begun', async () => {
    const { world, run } = await start({}, (w) => {
      w.windowClosed = true;
    });
    await run.approve();
    await run.gate('cutover', 2);
    fillUp(world);
    expect(await outcome(run, world)).toEqual(UNDONE);
  });

  it('is not needed where nothing follows', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, samplePlan());
    await run.approve();
    await run.finish();
    expect(world.calls).not.toContain('watchFeeds');
  });
});

describe('a pause during the copy of the live database', () => {
  it('stops it where it is; resumed, it goes on', async () => {
    const { world, run } = await start({}, ({ faults }) => {
      faults.set('copyLive', { when: 'before', times: 1, strike: hangUntilCancelled });
    });
    await run.until('the copy', () => world.calls.includes('copyLive'));
    expect(await run.send(pause, { actor: 'olga' })).toEqual({ accepted: true });
    const { sections, held } = await run.until('the pause', (p) => p.status === 'paused');
    expect(held).toBeNull();
    expect(sections.flatMap(({ steps }) => steps).at(-1)).toMatchObject({ name: 'copyLive', status: 'running' });
    expect(world.calls.filter((name) => name === 'copyLive')).toHaveLength(1);
    expect(await run.send(resume, { actor: 'olga' })).toEqual({ accepted: true });
    await run.gate();
    expect(world.calls.filter((name) => name === 'copyLive')).toHaveLength(2);
    await run.reject();
    await run.end();
  });
});
