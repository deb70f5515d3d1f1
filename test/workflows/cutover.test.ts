import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../activities/failure.ts';
import { give, take, type Custody, type Deed } from '../../model/custody.ts';
import { approveCutover } from '../../workflows/messages.ts';
import { barrier } from './barrier.ts';
import { footprint, newWorld, whoMayWrite, type World } from './fake-world.ts';
import { startRun, type Run } from './run.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());

async function approved(prepare: (world: World) => void): Promise<{ run: Run; world: World }> {
  const world = bench.freshWorld();
  const run = await startRun(bench);
  await run.gate();
  prepare(world);
  await run.approve();
  return { run, world };
}

const custody = (deed: Deed): Custody => {
  if ('refused' in deed) throw new Error(deed.refused);
  return deed.custody;
};

describe('an approval that is void at its use', () => {
  it('because the window has closed leads back to the gate, with a new round, and that one can be approved', async () => {
    const { run, world } = await approved((w) => {
      w.windowClosed = true;
    });
    const { digest, report } = await run.gate('cutover', 2);
    const { reason, handOvers } = await run.progress();
    expect(report.round).toBe(2);
    expect(reason).toBeNull();
    expect(handOvers).toEqual([]);
    expect(whoMayWrite(world)).toEqual(['source']);
    world.windowClosed = false;
    await run.send(approveCutover, { digest, approver: 'grace' });
    expect((await run.finish()).progress.status).toBe('done');
  });

  it('because it has expired on the source leads back to the gate', async () => {
    const { run, world } = await approved((w) => {
      const strike = (): never => {
        throw failure('ApprovalVoid', 'the approval expired on the clock of the source');
      };
      w.faults.set('cutOver', { when: 'before', times: 1, strike });
    });
    await run.gate('cutover', 2);
    expect(world.calls.slice(world.calls.indexOf('cutOver'))).toContain('settleHandOver');
    await run.reject();
    await run.end();
    expect(footprint(world)).toEqual(before);
  });
});

describe('the workflow believes custody, never the activity', () => {
  it('an activity completed by hand inside the fence does not count as a cutover: writes are given back', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    const { digest } = await run.gate();
    // What `temporal activity complete` does: the workflow is told of a success while the source is still fenced.
    const frozen = barrier();
    world.faults.set('cutOver', { when: 'inside', times: 1, strike: () => frozen.passed });
    await run.send(approveCutover, { digest, approver: 'ada' });
    await run.until('the fence', () => world.source?.state === 'fenced');
    await completeByHand(run);
    const { progress } = await run.end();
    expect(progress.status).toBe('given-back');
    expect(progress.reason).toContain('custody says that the writes were not handed over');
    frozen.open();
    await frozen.passed;
    expect(footprint(world)).toEqual(before);
  });

  it('a failure reported after the commit changes nothing: the target has the writes', async () => {
    const { run, world } = await approved((w) => {
      const strike = (): never => {
        throw failure('DatabaseRefused', 'the answer was lost');
      };
      w.faults.set('cutOver', { when: 'after', times: 1, strike });
    });
    const { progress } = await run.finish();
    expect(progress.status).toBe('done');
    expect(whoMayWrite(world)).not.toContain('source');
    expect(world.calls).not.toContain('settleHandOver');
    expect(world.calls).not.toContain('deleteCluster');
  });

  it('an attempt that died between commit and opening is completed, not undone', async () => {
    const { run, world } = await approved((w) => {
      const strike = (): never => {
        const { source } = w;
        if (source === null) throw new Error('there is no custody');
        w.source = custody(give(source, { token: source.token, nowMs: source.token }));
        throw failure('DatabaseRefused', 'died right after the commit');
      };
      w.faults.set('cutOver', { when: 'inside', times: 1, strike });
    });
    expect((await run.finish()).progress.status).toBe('done');
    expect(world.calls.filter((name) => name === 'settleHandOver')).toHaveLength(1);
  });

  it('custody handed over by another run is neither ours nor undone: it says so and waits', async () => {
    const { run, world } = await approved((w) => {
      const strike = (): never => {
        const { source, target } = w;
        if (source === null || target === null) throw new Error('there is no custody');
        const { token } = source;
        w.source = { ...custody(give(source, { token, nowMs: token })), handOver: 'another run' };
        w.target = custody(take(target, { token, handOver: 'another run' }));
        throw failure('TokenOutdated', 'another one was faster');
      };
      w.faults.set('cutOver', { when: 'inside', times: 1, strike });
    });
    const { reason } = await run.until('the answer of custody', (p) => p.reason !== null);
    expect(reason).toContain('custody is not settled yet: the source is given, the target taken');
    expect((await run.progress()).status).toBe('cutting-over');
    expect(world.calls).not.toContain('deleteCluster');
    await run.handle.terminate('the test is over');
  });

  it('a settlement that fails is tried again until custody is final', async () => {
    const { run, world } = await approved((w) => {
      const lose = (): never => {
        throw failure('PauseOverrun', 'the pause is used up');
      };
      const fail = (): never => {
        throw failure('SecretMissing', 'SOURCE_PASSWORD is not set');
      };
      w.faults.set('cutOver', { when: 'inside', times: 1, strike: lose });
      w.faults.set('settleHandOver', { when: 'before', times: 3, strike: fail });
    });
    const { progress } = await run.end();
    expect(progress.status).toBe('given-back');
    expect(world.calls.filter((name) => name === 'settleHandOver')).toHaveLength(4);
    expect(footprint(world)).toEqual(before);
  });
});

describe('switches thrown inside the fence', () => {
  it('are reverted before they are unstaged', async () => {
    const { run, world } = await approved((w) => {
      const strike = (): never => {
        w.switched.add('website');
        throw failure('SwitchFailed', 'the second switch failed');
      };
      w.faults.set('cutOver', { when: 'inside', times: 1, strike });
    });
    const { progress } = await run.end();
    expect(footprint(world)).toEqual(before);
    expect(progress.undo.slice(0, 4).map(({ undo: { kind }, outcome }) => `${kind} ${outcome}`)).toEqual([
      'revertSwitch absent',
      'revertSwitch undone',
      'unstageSwitch undone',
      'unstageSwitch undone',
    ]);
  });
});

/** Completes the pending cutover as `temporal activity complete` would, with a result that is no result. */
async function completeByHand({ handle }: Run): Promise<void> {
  const { raw, runId } = await handle.describe();
  const activityId = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'cutOver')?.activityId;
  if (activityId === undefined || activityId === null) throw new Error('no cutover is pending');
  await bench.env.asyncCompletionClient.complete(
    { workflowId: handle.workflowId, runId, activityId },
    'done, trust me',
  );
}
