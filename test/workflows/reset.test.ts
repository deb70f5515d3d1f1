import { afterAll, beforeAll, expect, it } from 'vitest';
import { approveCutover, rejectCutover } from '../../workflows/messages.ts';
import { barrier } from './barrier.ts';
import { whoMayWrite } from './fake-world.ts';
import { continueRun, startRun, type Run } from './run.ts';
import { openBench, type Bench } from './time-skipping.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ server: 'dev' });
});
afterAll(() => bench[Symbol.asyncDispose]());

/** What `temporal workflow reset` does: a new run from the last task before `eventId`, old signals and updates applied again. */
async function resetBefore({ handle }: Run, eventId: number): Promise<Run> {
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).filter(
    (event) => event.workflowTaskCompletedEventAttributes != null && Number(event.eventId) < eventId,
  );
  const { runId } = await bench.env.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    workflowTaskFinishEventId: tasks.at(-1)?.eventId ?? null,
    reason: 'a test',
    requestId: `reset-${eventId}`,
  });
  return continueRun(bench, handle.workflowId, runId ?? '');
}

it('a run reset in its setup goes on under the claim of the run before, and releases it when it is undone', async () => {
  const world = bench.freshWorld();
  const run = await startRun(bench);
  const { report } = await run.gate();
  const claimedBy = world.claimedBy;
  const { events } = await run.handle.fetchHistory();
  const claimed = events?.find(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'claimSource',
  );

  const again = await resetBefore(run, Number(claimed?.eventId));
  const gate = await again.gate();
  expect(world.claimedBy).toBe(claimedBy);
  expect(gate.report.run).not.toBe(report.run);
  expect(gate.report.run).toBe((await again.progress()).run);
  expect(gate.report).toMatchObject({ safetySnapshot: 'safetySnapshot' in report ? report.safetySnapshot : null });
  await again.reject();
  expect(await again.end()).toMatchObject({ closed: 'failed', progress: { status: 'rejected' } });
  expect(world.claimedBy).toBeNull();
});

it('a run reset at the gate asks again: the approval of the run before is applied again and opens nothing', async () => {
  const world = bench.freshWorld();
  const run = await startRun(bench);
  const { digest } = await run.gate();
  await run.handle.signal(rejectCutover.signal, { digest: 'sha256:00', approver: 'ada' });
  await run.until('the refusal', (p) => p.decisions.length === 1);
  const atTheGate = (await run.handle.fetchHistory()).events?.length ?? 0;
  const fence = barrier();
  world.faults.set('cutOver', { when: 'before', times: 1, strike: () => fence.passed });
  await run.handle.signal(approveCutover.signal, { digest, approver: 'ada' });
  await run.until('the approval', (p) => p.gate?.decision?.kind === 'approved');

  const again = await resetBefore(run, atTheGate + 1);
  const { decisions, gate, status } = await again.until('both old signals', (p) => p.decisions.length === 2);
  expect(decisions.map(({ accepted }) => accepted)).toEqual([false, false]);
  expect(decisions[1]?.reason).toContain(`digest ${digest} is not the open report's`);
  expect(status).toBe('waiting-for-approval');
  expect(gate?.decision).toBeNull();
  expect(gate?.digest).not.toBe(digest);
  expect(whoMayWrite(world)).toHaveLength(1);
  fence.open();
  await again.handle.terminate('the test is over');
});
