import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../model/digest.ts';
import { approveCutover, rejectCutover } from '../../workflows/messages.ts';
import { barrier } from './barrier.ts';
import { footprint, newWorld, whoMayWrite } from './fake-world.ts';
import { startRun, type Run } from './run.ts';
import { CUTOVER, samplePlan } from './sample-plan.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const before = footprint(newWorld());

/** The answers history keeps of updates, in order. */
async function answersInHistory({ handle }: Run): Promise<readonly unknown[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionUpdateCompletedEventAttributes: completed }) =>
    (completed?.outcome?.success?.payloads ?? []).map(
      ({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as unknown,
    ),
  );
}

async function reject(run: Run): Promise<void> {
  await run.reject();
  await run.end();
}

describe('the cutover gate', () => {
  it('shows a published report, whose digest is what one approves', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    const { report, digest } = await run.gate();
    const { evidence, status, waitingFor } = await run.until('the wait', (p) => p.waitingFor !== null);
    expect(digest).toBe(digestOf(report));
    expect(world.reports.get(digest)).toEqual(report);
    expect(evidence).toBe(`evidence/${digest}`);
    expect(status).toBe('waiting-for-approval');
    expect(waitingFor).toEqual({ what: 'approval of the cutover', until: report.expiresAt });
    expect(report).toMatchObject({
      from: { name: 'mindmeasure', host: 'source.test' },
      to: { name: 'mindmeasure-aurora', host: 'target.test' },
      operator: 'olga',
      maxWritePauseMs: 300_000,
      switches: [{ name: 'website' }, { name: 'reports' }],
    });
    if (report.gate !== 'cutover') throw new Error('another gate is open');
    expect(report.predictedPauseMs).toBeGreaterThanOrEqual(1_500);
    await reject(run);
  });

  it('opens on the report that history holds, not on what a replay computes again', async () => {
    const world = bench.freshWorld();
    const written = new Date((await bench.env.currentTimeMs()) - 1_000).toISOString();
    world.publishedAs = (report) => ({ ...report, createdAt: written });
    const run = await startRun(bench);
    const { report, digest } = await run.gate();
    expect(report.createdAt).toBe(written);
    expect(digest).toBe(digestOf(report));
    await reject(run);
  });

  it.each([
    ['a digest of another report', { digest: 'sha256:00', approver: 'ada' }, 'is not the open report'],
    ['an approver the plan does not name', { approver: 'mallory' }, 'mallory is not an approver of this plan'],
    ['the operator as approver', { approver: 'olga' }, 'olga started this migration'],
  ])('refuses %s, in answer, progress and history', async (_, message, reason) => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    const { digest } = await run.gate();
    const answer = await run.send(approveCutover, { digest, ...message });
    expect(answer).toEqual({ accepted: false, reason: expect.stringContaining(reason) });
    const { decisions, gate } = await run.progress();
    expect(decisions).toEqual([
      expect.objectContaining({
        message: 'approveCutover',
        by: message.approver,
        accepted: false,
        reason: expect.stringContaining(reason),
      }),
    ]);
    expect(gate?.decision).toBeNull();
    expect(await answersInHistory(run)).toEqual([answer]);
    expect(world.calls).not.toContain('cutOver');
    await reject(run);
  });

  it('lets the operator approve where the plan does not separate duties', async () => {
    bench.freshWorld();
    const run = await startRun(bench, samplePlan({ cutover: { ...CUTOVER, separationOfDuties: false } }));
    expect(await run.approve('olga')).toEqual({ accepted: true });
    await run.finish();
  });

  it('refuses a second approval, naming the first', async () => {
    const world = bench.freshWorld();
    const fenced = barrier();
    world.faults.set('cutOver', { when: 'inside', times: 1, strike: () => fenced.passed });
    const run = await startRun(bench);
    const { digest } = await run.gate();
    await run.send(approveCutover, { digest, approver: 'ada' });
    expect(await run.send(approveCutover, { digest, approver: 'grace' })).toEqual({
      accepted: false,
      reason: expect.stringMatching(/^already approved by ada at /),
    });
    fenced.open();
    await run.finish();
  });

  it('rejected, undoes everything', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    const { digest } = await run.gate();
    await run.send(rejectCutover, { digest, approver: 'grace', comment: 'not on a Friday' });
    const { closed, progress } = await run.end();
    expect([closed, progress.status]).toEqual(['failed', 'rejected']);
    expect(progress.reason).toBe('grace rejected the cutover: not on a Friday');
    expect(progress.decisions[0]).toMatchObject({
      message: 'rejectCutover',
      comment: 'not on a Friday',
      accepted: true,
    });
    expect(footprint(world)).toEqual(before);
    expect(whoMayWrite(world)).toEqual(['source']);
  });

  it('obeys a signal as the Temporal UI sends it, and records one it refuses', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    const { digest } = await run.gate();
    await run.handle.signal('approveCutover', { digest, approver: 'mallory', comment: '' });
    await run.handle.signal('approveCutover', { digest, aprover: 'ada' });
    await run.handle.signal('approveCutover', 'yes please');
    await run.handle.signal('approveCutover', { digest, approver: 'ada', comment: '' });
    const { decisions } = await run.until('the soak', (p) => p.status === 'soaking');
    expect(decisions.map(({ by, accepted }) => [by, accepted])).toEqual([
      ['mallory', false],
      ['unknown', false],
      ['unknown', false],
      ['ada', true],
    ]);
    expect(decisions[1]?.reason).toMatch(/^malformed: .*approver/);
    expect(whoMayWrite(world)).toEqual(['target']);
    await run.finish();
  });

  it('refuses a malformed update without a trace', async () => {
    bench.freshWorld();
    const run = await startRun(bench);
    const { digest } = await run.gate();
    const mistyped = { digest, approver: 'ada', coment: 'a typing mistake' };
    await expect(run.send(approveCutover, mistyped)).rejects.toThrow('Workflow Update failed');
    expect((await run.progress()).decisions).toEqual([]);
    await reject(run);
  });

  it('is not opened by an approval that came before it', async () => {
    bench.freshWorld();
    const run = await startRun(bench);
    await run.handle.signal('approveCutover', { digest: 'sha256:00', approver: 'ada' });
    const { decision } = await run.gate();
    expect(decision).toBeNull();
    await reject(run);
  });
});

describe('a report nobody approves', () => {
  it('brings reminders, expires, and is followed by a verification and a new report; the old one opens nothing', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench);
    const { digest: old } = await run.gate();
    for (const reminder of [1, 2, 3]) {
      await bench.env.sleep('61m');
      const { waitingFor, reason } = await run.progress();
      expect(waitingFor?.what).toBe(`approval of the cutover, reminder ${reminder} of 3`);
      expect(reason).toContain(`reminder ${reminder} of 3`);
    }
    await bench.env.sleep('61m');
    const { digest, report } = await run.gate('cutover', 2);
    expect(report.round).toBe(2);
    expect(world.calls.filter((name) => name === 'verifyCopy')).toHaveLength(2);
    expect(await run.send(approveCutover, { digest: old, approver: 'ada' })).toMatchObject({ accepted: false });
    expect(await run.send(approveCutover, { digest, approver: 'ada' })).toEqual({ accepted: true });
    await run.finish();
  });

  it('undoes the migration once abandonAfter has passed, over as many rounds as fit in', async () => {
    const world = bench.freshWorld();
    const run = await startRun(bench, samplePlan({ abandonAfter: '10h' }));
    const { progress } = await run.end();
    expect(progress.status).toBe('abandoned');
    expect(world.reports.size).toBe(3);
    expect(footprint(world)).toEqual(before);
  });
});
