import proto from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_QUEUES } from '../../../model/names.ts';
import { until } from '../../until.ts';
import { runCli, startCli, untilSaid } from '../cli-process.ts';
import { gateOf, readiness } from '../example-gate.ts';
import { startFakeTemporal, type FakeRun, type FakeTemporal } from '../fake/temporal.ts';

const WORDS = "the run's last task failed";

describe('while a run’s workflow task counts as failed, as after a few deaths of its worker', () => {
  let temporal: FakeTemporal;
  let run: FakeRun;
  beforeAll(async () => {
    temporal = await startFakeTemporal();
    run = await temporal.run({ status: 'waiting-for-approval', gate: gateOf(readiness()) });
    await run.handle.query('progress');
    await temporal.stopWorker();
    await run.set({});
    await until('a task that failed three times', () => failTask(temporal, run));
  });
  afterAll(async () => await temporal.stop());

  it('a request is turned away for good after its patience: exit 7, nothing changed', async () => {
    const { exitCode, stderr } = await runCli(['pause', run.id, '--as', 'carol'], temporal.variables);
    expect(stderr).toContain(WORDS);
    expect(stderr).toContain('the run takes no request now: pause by carol');
    expect(stderr).toMatch(/nothing changed$/);
    expect(exitCode).toBe(7);
  });

  it('an approval waits until another worker has taken over, and says that it does', async () => {
    const approving = startCli(['approve', run.id, '--as', 'anna', '--yes'], temporal.variables);
    await untilSaid(approving, WORDS, 'stderr');
    await temporal.startWorker();
    const { exitCode, stdout } = await approving;
    expect(stdout).toContain('✔ accepted: approve cutover by anna');
    expect(exitCode).toBe(0);
  });
});

/** Takes the run's task as a worker would and fails it; true once the server has seen it fail often. */
async function failTask({ env }: FakeTemporal, { id, handle }: FakeRun): Promise<boolean> {
  const { connection, workflowService } = env.client;
  const namespace = env.namespace ?? 'default';
  const poll = { namespace, taskQueue: { name: TASK_QUEUES.main }, identity: 'a worker that dies' };
  const { taskToken, attempt } = await connection.withDeadline(
    Date.now() + 60_000,
    async () => await workflowService.pollWorkflowTaskQueue(poll),
  );
  expect(handle.workflowId).toBe(id);
  await workflowService.respondWorkflowTaskFailed({
    namespace,
    taskToken,
    cause:
      proto.temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
  });
  return attempt >= 3;
}
