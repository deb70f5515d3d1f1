import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import { approveCutover, hold, pause, previewRollback, resume, rollback } from '../../workflows/messages.ts';
import type { Answer } from '../../model/gate.ts';
import { footprint, newWorld, whoMayWrite } from './fake-world.ts';
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

  it('lets the target be looked at again after a cutover that was not begun, for it had shut the doors there', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, plan());
    await run.gate();
    world.windowClosed = true;
    await run.approve();
    await run.gate('cutover', 2);
    const since = world.calls.slice(world.calls.indexOf('cutOver'));
    expect(since.indexOf('closeTarget')).toBeGreaterThan(0);
    expect(since.indexOf('closeTarget')).toBeLessThan(since.indexOf('verifyLive'));
    await run.reject();
    await run.end();
    expect(footprint(world)).toEqual(before);
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
    await run.until('the soak to go on', (p) => p.waitingFor !== null);
    // The soak's watch carries it along, and the next try compares no more than what it tells of.
    expect(world.trackers.size).toBe(1);
    world.differing = [];
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    await run.until('the second try', (p) => p.status === 'returned');
    expect(whoMayWrite(world)).toEqual(['source']);
    await run.handle.cancel();
    expect((await run.end()).progress.status).toBe('cancelled');
    expect(footprint(world)).toEqual(before);
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

/** A migration that has committed and soaks. */
async function soaking(change: Parameters<typeof samplePlan>[0] = {}) {
  const world = bench.freshWorld();
  const run = await startRun(bench, plan(change));
  const { digest } = await run.gate();
  await run.approve();
  await run.until('the soak', (p) => p.waitingFor?.what === 'the end of the soak');
  return { world, run, digest };
}

describe('a rollback that keeps the target', () => {
  it('waits with the writes on the source until another try is asked for, which copies nothing again and commits', async () => {
    const { world, run, digest } = await soaking();
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    const back = await run.until('it to wait', (p) => p.status === 'returned' && p.waitingFor !== null);
    expect(back).toMatchObject({ wayBack: null, gate: null, endedAt: null });
    expect(back.reason).toContain('mindmeasure has the writes, all of them; mindmeasure-aurora follows it');
    expect(back.sections.slice(4).map(({ name, status }) => `${name} ${status}`)).toEqual([
      'approval undone',
      'cutover undone',
      'soak undone',
      'cleanup pending',
    ]);
    expect(whoMayWrite(world)).toEqual(['source']);
    expect(world.switched.size).toBe(0);
    expect([...world.trackers]).not.toContain('target.test');

    expect(await run.send(approveCutover, { digest, approver: 'ada' })).toMatchObject({ accepted: false });
    expect(await run.send(resume, { actor: 'olga' })).toEqual({ accepted: true });
    const again = await run.gate('cutover', 2);
    expect(again.digest).not.toBe(digest);
    expect(again.report).toMatchObject({
      pauses: [{ direction: 'source-to-target', closedMs: 40 }, { direction: 'target-to-source' }],
    });
    expect(await run.send(approveCutover, { digest, approver: 'ada' })).toMatchObject({ accepted: false });
    expect(whoMayWrite(world)).toEqual(['source']);
    await run.approve();
    const { handOvers } = await run.until('the second soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(handOvers.map(({ direction }) => direction)).toEqual([
      'source-to-target',
      'target-to-source',
      'source-to-target',
    ]);
    expect(whoMayWrite(world)).toEqual(['target']);
    expect(world.copies).toBe(1);
    expect((await run.finish()).progress.status).toBe('done');
  });

  it.each([
    ['a rollback', (run: Run) => run.send(rollback, { actor: 'olga' })],
    ['a cancel', (run: Run) => run.handle.cancel()],
  ])('leaves nothing behind after %s, though the target was marked as production', async (_, stop) => {
    const { world, run } = await soaking();
    await run.send(rollback, { actor: 'olga' });
    await run.until('it to wait', (p) => p.status === 'returned' && p.waitingFor !== null);
    expect(world.production.size).toBe(1);
    await stop(run);
    expect((await run.end()).progress.status).toBe('cancelled');
    expect(footprint(world)).toEqual(before);
  });

  it('is not gone on from by the end of a pause: another try is asked for by itself', async () => {
    const { run } = await soaking();
    await run.send(pause, { actor: 'otto' });
    await run.send(rollback, { actor: 'olga' });
    await run.until('the pause', (p) => p.status === 'paused');
    await run.send(resume, { actor: 'otto' });
    await run.until('it to wait', (p) => p.status === 'returned' && p.waitingFor !== null);
    await run.send(resume, { actor: 'olga' });
    await run.gate('cutover', 2);
    await run.reject();
    expect((await run.end()).progress.status).toBe('rejected');
  });

  it('is asked for once: a second request is refused while all rows are compared', async () => {
    const { world, run } = await soaking();
    const answers: Answer[] = [];
    const strike = async (): Promise<void> => void answers.push(await run.send(rollback, { actor: 'otto' }));
    world.faults.set('verifyLive', { when: 'before', times: 1, strike });
    await run.send(rollback, { actor: 'olga' });
    await run.until('it to wait', (p) => p.status === 'returned' && p.waitingFor !== null);
    expect(answers).toEqual([
      { accepted: false, reason: expect.stringContaining('being stopped already: olga asked for a rollback') },
    ]);
    await run.send(rollback, { actor: 'olga' });
    await run.end();
  });

  it('reads a cancel that came while the writes went back, and undoes everything', async () => {
    const { world, run } = await soaking();
    world.faults.set('rollBack', { when: 'inside', times: 1, strike: async () => void (await run.handle.cancel()) });
    await run.send(rollback, { actor: 'olga' });
    expect((await run.end()).progress.status).toBe('cancelled');
    expect(footprint(world)).toEqual(before);
  });
});

describe('a rollback that removes the target', () => {
  it('leaves the world as it was before the migration, and says so', async () => {
    const { world, run } = await soaking({ rollback: { target: 'remove' } });
    await run.send(rollback, { actor: 'olga' });
    const { progress } = await run.end();
    expect(progress.status).toBe('rolled-back');
    expect(progress.reason).toContain('all of them; mindmeasure-aurora was removed');
    expect(progress.sections.map(({ status }) => status)).not.toContain('done');
    expect(footprint(world)).toEqual(before);
  });

  it('deletes nothing while the mark of production cannot be taken off', async () => {
    const { world, run } = await soaking({ rollback: { target: 'remove' } });
    world.faults.set('unmarkProduction', { when: 'before', times: 1, strike: refuse });
    await run.send(rollback, { actor: 'olga' });
    const { held } = await run.until('the operator to be asked', (p) => p.status === 'rollback-blocked');
    expect(held?.step).toBe('take the mark of production off the target');
    expect(world.clusters.has('mindmeasure-aurora')).toBe(true);
    await run.send(hold, { actor: 'olga', answer: 'retry' });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(footprint(world)).toEqual(before);
  });

  it('keeps it all the same where going back lost writes', async () => {
    const { world, run } = await soaking({ rollback: { target: 'remove' } });
    world.wayBackTrouble = 'the way back is lost: the slot of the reverse feed is gone';
    world.writesAtRisk = 17;
    await bench.env.sleep('11m');
    await run.until('the banner', (p) => p.wayBack?.trouble?.includes('slot') ?? false);
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({
      accepted: false,
      reason:
        'the way back is lost: the slot of the reverse feed is gone: going back loses up to 17 writes the target has taken so far, and what it takes until its fence; accept that (--accept-loss, or acceptLoss: true) to go back all the same',
    });
    expect(whoMayWrite(world)).toEqual(['target']);
    expect(await run.send(rollback, { actor: 'olga', acceptLoss: true })).toEqual({ accepted: true });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(world.clusters.has('mindmeasure-aurora')).toBe(true);
    expect(world.calls.filter((name) => name === 'verifyLive')).toHaveLength(1);
  });
});

describe('what going back would do', () => {
  it('is told before the commit as what would be undone, and in the soak with what it would cost; neither decides anything', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, plan());
    await run.gate();
    const ask = () => run.handle.executeUpdate(previewRollback, { args: [{ actor: 'olga' }] });
    expect(await ask()).toMatchObject({ kind: 'undo', undone: expect.arrayContaining(['release the source']) });
    await run.approve();
    await run.until('the soak', (p) => p.status === 'soaking' && p.waitingFor !== null);
    expect(await ask()).toEqual({
      kind: 'hand-over',
      lagBytes: 512,
      tripMs: 9,
      predictedPauseMs: 45,
      switches: ['website', 'reports'].map((name) => ({ name, kind: 'dotenv', change: 'target.test → source.test' })),
      lost: false,
      writesLost: 0,
      troubles: [],
    });
    expect(await run.progress()).toMatchObject({ status: 'soaking', decisions: [{ message: 'approveCutover' }] });
    expect(whoMayWrite(world)).toEqual(['target']);
    await run.finish();
  });

  it('takes no loss where none need be, though it was accepted', async () => {
    const { world, run } = await soaking();
    await run.send(rollback, { actor: 'olga', acceptLoss: true });
    await run.until('it to wait', (p) => p.status === 'returned' && p.waitingFor !== null);
    expect(world.calls.filter((name) => name === 'verifyLive')).toHaveLength(2);
    await run.send(rollback, { actor: 'olga' });
    await run.end();
  });
});
