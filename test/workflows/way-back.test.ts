import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { previewRollback, rollback } from '../../workflows/messages.ts';
import { footprint, newWorld, whoMayWrite, type World } from './fake-world.ts';
import { startRun } from './run.ts';
import { samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());

async function soaking(change: Parameters<typeof samplePlan>[0] = {}, found: Partial<World> = {}) {
  const world = Object.assign(bench.freshWorld(), { feedsBack: true, writesAtRisk: 7, ...found });
  const run = await startRun(bench, samplePlan(change));
  const { report } = await run.gate();
  await run.approve();
  await run.until('the soak', (p) => p.waitingFor?.what === 'the end of the soak');
  return { world, run, report };
}

describe('a strategy that does not follow before the cutover, on a database that lets the source follow after it', () => {
  it('says so before the gate and in the soak, and goes back without a loss to a run that is over', async () => {
    const { world, run, report } = await soaking();
    expect(report).toMatchObject({ strategy: 'dump', feedsBack: true });
    expect((await run.progress()).wayBack).toMatchObject({ writesAtRisk: 0 });
    expect([...world.replication]).toEqual(['way back']);
    const preview = await run.handle.executeUpdate(previewRollback, { args: [{ actor: 'olga' }] });
    expect(preview).toMatchObject({ kind: 'hand-over', lost: false, writesLost: 0 });
    expect(await run.send(rollback, { actor: 'olga' })).toEqual({ accepted: true });
    const { progress } = await run.end();
    expect(progress).toMatchObject({ status: 'rolled-back', wayBack: null });
    expect(progress.reason).toContain('the source has the writes, all of them; mindmeasure-aurora is kept');
    expect(whoMayWrite(world)).toEqual(['source']);
    expect(footprint(world)).toMatchObject({ replication: [], trackers: [], switched: [], claimedBy: null });
    // Compared before the fence, and copied once more by nobody.
    expect(world.calls.indexOf('verifyLive')).toBeLessThan(world.calls.indexOf('rollBack'));
    expect(world.copies).toBe(1);
  });

  it('removes the target after a way back where the plan says so', async () => {
    const { world, run } = await soaking({ rollback: { target: 'remove' } });
    await run.send(rollback, { actor: 'olga' });
    expect((await run.end()).progress.reason).toContain('all of them; mindmeasure-aurora was removed');
    expect(footprint(world)).toEqual(before);
  });

  it('asks for the loss where the feed was lost, and then ends it with the run', async () => {
    const { world, run } = await soaking();
    world.wayBackTrouble = 'the way back is lost: the slot of the reverse feed is gone';
    expect(await run.send(rollback, { actor: 'olga' })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('up to 7 writes'),
    });
    expect(await run.send(rollback, { actor: 'olga', acceptLoss: true })).toEqual({ accepted: true });
    expect((await run.end()).progress.status).toBe('rolled-back');
    expect(world.calls).not.toContain('verifyLive');
    expect([...world.replication]).toEqual([]);
  });

  it('leaves nothing of the way back where the cutover was given back', async () => {
    const world = bench.freshWorld();
    world.feedsBack = true;
    const strike = (): never => {
      throw failure('VerificationFailed', 'the sentinel did not arrive');
    };
    world.faults.set('cutOver', { when: 'inside', times: 1, strike });
    const run = await startRun(bench, samplePlan());
    await run.approve();
    expect((await run.end()).progress.status).toBe('given-back');
    expect(footprint(world)).toEqual(before);
  });

  it('ends the feed before the source goes', async () => {
    const { world, run } = await soaking();
    expect((await run.finish()).progress.status).toBe('done');
    expect(world.calls.indexOf('dropReplication')).toBeLessThan(world.calls.indexOf('retireSource'));
    expect([...world.replication]).toEqual([]);
  });
});

describe('on a database that does not', () => {
  const without = async (world: Awaited<ReturnType<typeof soaking>>): Promise<void> => {
    const { run, report } = world;
    expect(report).not.toHaveProperty('feedsBack');
    expect((await run.progress()).wayBack).toMatchObject({ writesAtRisk: null });
    expect(await run.send(rollback, { actor: 'olga' })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('--accept-loss'),
    });
  };

  it('goes on without, and asks for the loss before it goes back', async () => {
    const found = await soaking({}, { feedsBack: false });
    await without(found);
    expect((await found.run.finish()).progress.status).toBe('done');
    expect(found.world.calls).not.toContain('dropReplication');
  });

  it('does so too where the source cannot reach the target, and says it before the gate', async () => {
    const found = await soaking({}, { wayBackObstacle: 'no route to host' });
    expect(found.report.findings).toContainEqual(
      expect.objectContaining({ check: 'way-back-costs', message: expect.stringContaining('no route to host') }),
    );
    await without(found);
    await found.run.finish();
  });
});
