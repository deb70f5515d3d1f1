import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { endSoak, extendSoak, hold, rejectDecommission, rollback } from '../../workflows/messages.ts';
import { whoMayWrite, type World } from './fake-world.ts';
import { startRun, type Run } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const refuse = (): never => {
  throw failure('DatabaseRefused', 'it may not do that');
};

/** A migration that has just committed. */
async function soaking(prepare: (world: World) => void = () => undefined): Promise<{ run: Run; world: World }> {
  const world = bench.freshWorld();
  prepare(world);
  const run = await startRun(bench);
  await run.approve();
  await run.until('the soak', (p) => p.waitingFor?.what === 'the end of the soak');
  return { run, world };
}

async function atDecommission(): Promise<{ run: Run; world: World; digest: string }> {
  const { run, world } = await soaking();
  await bench.env.sleep('61m');
  const { digest } = await run.gate('decommission');
  return { run, world, digest };
}

describe('the soak', () => {
  it('shows trouble when it comes and takes it back when it goes', async () => {
    const { run, world } = await soaking((w) => {
      w.trouble = 'health: 500 from the website';
    });
    const { reason } = await run.until('the trouble', (p) => p.reason !== null);
    expect(reason).toBe('trouble in the soak: health: 500 from the website');
    world.trouble = null;
    await bench.env.sleep('11m');
    await run.until('its end', (p) => p.reason === null);
    expect((await run.finish()).progress.status).toBe('done');
  });

  it('survives a watch that fails, and says that it could not look', async () => {
    const { run } = await soaking((w) => {
      w.faults.set('watchSoak', { when: 'before', times: 1, strike: refuse });
    });
    await run.until('the news', (p) => p.reason === 'trouble in the soak: it could not be watched: it may not do that');
    expect((await run.finish()).progress.status).toBe('done');
  });

  it('holds when the target cannot be marked or the application is ill; retry and skip, which needs a reason, answer it', async () => {
    const world = bench.freshWorld();
    world.faults.set('markProduction', { when: 'before', times: 2, strike: refuse });
    const run = await startRun(bench);
    await run.approve();
    const { held } = await run.until('the hold', (p) => p.status === 'held');
    expect(held?.answers).toEqual(['retry', 'skip']);
    expect(await run.send(hold, { actor: 'olga', answer: 'undo' })).toMatchObject({ accepted: false });
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    await run.until('the second hold', (p) => p.status === 'held' && world.faults.get('markProduction')?.times === 0);
    expect(await run.send(hold, { actor: 'olga', answer: 'skip' })).toMatchObject({ accepted: false });
    await run.send(hold, { actor: 'olga', answer: 'skip', reason: 'tagged by hand' });
    expect((await run.finish()).progress.status).toBe('done');
  });
});

describe('the end of the soak', () => {
  it('moves when it is extended, with the way back, and the decommission waits for the new one', async () => {
    const { run } = await soaking();
    const until = Date.parse((await run.progress()).wayBack?.until ?? '');
    expect(await run.send(extendSoak, { actor: 'olga', by: '2h', reason: 'holiday' })).toEqual({ accepted: true });
    const later = await run.until('the new end', (p) => Date.parse(p.waitingFor?.until ?? '') > until);
    expect(Date.parse(later.wayBack?.until ?? '')).toBe(until + 2 * 60 * 60_000);
    expect(later.decisions.at(-1)).toMatchObject({ message: 'extendSoak', by: 'olga', comment: 'holiday' });
    await bench.env.sleep('61m');
    expect((await run.progress()).status).toBe('soaking');
    expect((await run.finish()).progress.status).toBe('done');
  });

  it('comes at once when somebody ends it; the way back stays open until the decommission is approved', async () => {
    const { run } = await soaking();
    expect(await run.send(endSoak, { actor: 'olga' })).toEqual({ accepted: true });
    const { report } = await run.gate('decommission');
    expect((await run.progress()).wayBack?.until).toBe(report.expiresAt);
    expect(await run.send(endSoak, { actor: 'olga' })).toEqual({
      accepted: false,
      reason: 'the soak is over: the way back stays open until the decommission is approved',
    });
    await run.finish();
  });

  it('is not to be moved before there is a soak, nor by what is no duration', async () => {
    bench.freshWorld();
    const run = await startRun(bench);
    await run.gate();
    expect(await run.send(extendSoak, { actor: 'olga', by: '2h' })).toEqual({
      accepted: false,
      reason: 'it does not soak: it is waiting-for-approval',
    });
    for (const by of ['soon', '40d'])
      await expect(run.send(extendSoak, { actor: 'olga', by })).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/malformed extendSoak: by: wanted/) },
      });
    await run.reject();
    await run.end();
  });
});

describe('a rollback in the soak', () => {
  it('says how many writes it would lose, and waits for them to be accepted', async () => {
    const { run, world } = await soaking((w) => {
      w.writesAtRisk = 17;
    });
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({
      accepted: false,
      reason:
        'going back loses 17 writes the target has taken so far, and what it takes until its fence; accept that (--accept-loss, or acceptLoss: true) to go back all the same',
    });
    expect((await run.progress()).wayBack?.writesAtRisk).toBe(17);
    expect(whoMayWrite(world)).toEqual(['target']);

    expect(await run.send(rollback, { actor: 'olga', acceptLoss: true })).toEqual({ accepted: true });
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['failed', 'rolled-back']);
    expect(whoMayWrite(world)).toEqual(['source']);
    expect([world.switched.size, world.staged.size, world.workingCopy, world.claimedBy]).toEqual([0, 0, false, null]);
    // The target holds the lost writes.
    expect(world.clusters.has('mindmeasure-aurora')).toBe(true);
    expect(progress.reason).toContain('mindmeasure-aurora is kept');
    expect(progress.handOvers.map(({ direction }) => direction)).toEqual(['source-to-target', 'target-to-source']);
    expect(progress.sections.slice(5).map(({ name, status }) => `${name} ${status}`)).toEqual([
      'cutover undone',
      'soak undone',
      'cleanup skipped',
    ]);
    expect(world.outcomes.at(-1)?.status).toBe('rolled-back');
  });

  it('needs nothing accepted where nothing is lost', async () => {
    const { run, world } = await soaking();
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(whoMayWrite(world)).toEqual(['source']);
  });

  it.each([
    ['are not known', (w: World) => void (w.writesAtRisk = null), 'the statistics of the target were reset'],
    [
      'could not be counted',
      (w: World) => void w.faults.set('previewRollback', { when: 'before', times: 1, strike: refuse }),
      'they could not be counted: it may not do that',
    ],
  ])('is refused without acceptLoss where the writes %s', async (_, prepare, words) => {
    const { run } = await soaking(prepare);
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({
      accepted: false,
      reason: expect.stringContaining(words),
    });
    expect((await run.finish()).progress.status).toBe('done');
  });

  it('that finds writes behind its fence goes on soaking, and can be asked for again', async () => {
    const { run, world } = await soaking();
    // A write arrives between the count of the answer and the fence.
    world.faults.set('rollBack', {
      when: 'inside',
      times: 1,
      strike: () => {
        throw failure('WritesGivenBack', '1 write would be lost');
      },
    });
    await run.send(rollback, { actor: 'olga' });
    const { reason } = await run.until(
      'the soak to go on',
      (p) => p.status === 'soaking' && world.calls.includes('rollBack') && p.reason !== null,
    );
    expect(reason).toBe('the target kept the writes: 1 write would be lost');
    expect(whoMayWrite(world)).toEqual(['target']);
    await run.until('the wait', (p) => p.waitingFor !== null);
    expect(await run.send(rollback, { actor: 'olga', acceptLoss: true })).toEqual({ accepted: true });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(whoMayWrite(world)).toEqual(['source']);
  });

  it('parks when a switch cannot be reverted, until the operator answers', async () => {
    const { run, world } = await soaking();
    world.faults.set('revertSwitch', { when: 'before', times: 1, strike: refuse });
    await run.send(rollback, { actor: 'olga' });
    const { held } = await run.until('the operator to be asked', (p) => p.status === 'rollback-blocked');
    expect(held?.step).toContain('revert switch');
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(world.switched.size).toBe(0);
  });
});

describe('the decommission', () => {
  it('rejected, ends done with the source kept', async () => {
    const { run, world, digest } = await atDecommission();
    await run.send(rejectDecommission, { digest, approver: 'grace' });
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['completed', 'done']);
    expect(progress.reason).toContain('grace kept the source');
    expect(world.sourceInstance).toBe('available');
    expect(world.calls).not.toContain('retireSource');
  });

  it('leaves the way back open while it waits', async () => {
    const { run, world } = await atDecommission();
    expect((await run.progress()).wayBack).not.toBeNull();
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(whoMayWrite(world)).toEqual(['source']);
    expect(world.sourceInstance).toBe('available');
  });

  it('approved, closes the way back and takes the final snapshot before it deletes', async () => {
    const { run, world, digest } = await atDecommission();
    world.faults.set('awaitSnapshot', { when: 'before', times: 1, strike: refuse });
    expect(await run.approveDecommission('grace')).toEqual({ accepted: true });
    const { held, wayBack } = await run.until('the hold', (p) => p.status === 'held');
    expect([held?.answers, wayBack]).toEqual([['retry'], null]);
    expect(world.sourceInstance).toBe('available');
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({
      accepted: false,
      reason: 'the way back closed when the decommission was approved',
    });
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    expect((await run.end()).progress.status).toBe('done');
    expect(digest).toMatch(/^sha256:/);
    expect(world.calls.slice(world.calls.lastIndexOf('ensureSnapshot'))).toEqual([
      'ensureSnapshot',
      'awaitSnapshot',
      'retireSource',
      'awaitSourceRetired',
      'unstageSwitch',
      'unstageSwitch',
      'dropBookkeeping',
      'publishOutcome',
    ]);
    expect([...world.snapshots]).toEqual([expect.stringContaining('before'), expect.stringContaining('final')]);
  });

  it('takes no final snapshot where the plan wants none', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, samplePlan({ cleanup: { source: 'stop', finalSnapshot: false } }));
    await run.approve();
    expect((await run.finish()).progress.status).toBe('done');
    expect(world.snapshots.size).toBe(1);
    expect(world.sourceInstance).toBe('stopped');
  });

  it('does not hang on evidence that cannot be written: the operator may skip it', async () => {
    const world = bench.freshWorld();
    world.faults.set('publishOutcome', { when: 'before', times: 1, strike: refuse });
    const run = await startRun(bench);
    await run.gate();
    await run.reject();
    await run.until('the hold', (p) => p.status === 'held');
    await run.send(hold, { actor: 'olga', answer: 'skip', reason: 'the bucket is gone' });
    const { progress } = await run.end();
    expect(progress.status).toBe('rejected');
    expect(world.outcomes).toEqual([]);
  });
});
