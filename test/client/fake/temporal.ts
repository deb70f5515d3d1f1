import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { TASK_QUEUES } from '../../../model/names.ts';
import type { Progress } from '../../../model/progress.ts';
import { MIGRATE_WORKFLOW } from '../../../workflows/messages.ts';
import { keptBundle } from '../../../worker/workflow-bundle.ts';
import { SEARCH_ATTRIBUTES } from '../../../workflows/ui.ts';
import { quietRuntime } from '../../quiet-runtime.ts';
import { startedInTime } from '../../started-in-time.ts';
import { toolPath } from '../../tools.ts';
import * as activities from './activities.ts';
import { examplePlan } from './example-plan.ts';
import { setProgress } from './migrate-workflow.ts';

const SOURCES = ['model', 'workflows', 'client/temporal', 'test/client/fake'];

/** A real Temporal server with a worker that runs the stand-in for the workflow. */
export interface FakeTemporal {
  readonly env: TestWorkflowEnvironment;
  /** Variables that lead the CLI to this server. */
  readonly variables: Record<string, string>;
  /** Starts a run under an id of its own, and sets its progress. */
  run(progress?: Partial<Progress>): Promise<FakeRun>;
  /** Ends every run this made, so that none is active for the next test. */
  endRuns(): Promise<void>;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

export interface FakeRun {
  readonly id: string;
  readonly handle: WorkflowHandle;
  set(progress: Partial<Progress>): Promise<void>;
  /** Resolves when the run has ended, however it did. */
  ended(): Promise<void>;
}

interface Options {
  readonly searchAttributes?: boolean;
  readonly worker?: boolean;
}

export async function startFakeTemporal({
  searchAttributes = true,
  worker: up = true,
}: Options = {}): Promise<FakeTemporal> {
  quietRuntime();
  const executable = { type: 'existing-path', path: toolPath('temporal') } as const;
  const keys = searchAttributes ? Object.values(SEARCH_ATTRIBUTES) : [];
  const server = { executable, searchAttributes: keys };
  const env = await startedInTime(() => TestWorkflowEnvironment.createLocal({ server }));
  const bundle = await keptBundle('test/client/fake/migrate-workflow.ts', SOURCES);
  let running: { worker: Worker; ended: Promise<void> } | null = null;
  const startWorker = async (): Promise<void> => {
    const worker = await newWorker(env, bundle);
    running = { worker, ended: worker.run() };
  };
  const stopWorker = async (): Promise<void> => {
    const stopped = running;
    running = null;
    stopped?.worker.shutdown();
    await stopped?.ended;
  };
  if (up) await startWorker();
  const runs: FakeRun[] = [];
  const begin = async (progress?: Partial<Progress>): Promise<FakeRun> => {
    const begun = await run(env, progress);
    runs.push(begun);
    return begun;
  };
  return {
    env,
    variables: { TEMPORAL_ADDRESS: env.address, TEMPORAL_NAMESPACE: env.namespace ?? 'default' },
    run: begin,
    endRuns: async () => await endAll(runs.splice(0)),
    startWorker,
    stopWorker,
    stop: async () => {
      await stopWorker();
      await env.teardown();
    },
  };
}

const endAll = async (runs: readonly FakeRun[]): Promise<void> => {
  await Promise.all(runs.map(async ({ handle }) => await handle.terminate('the test is over').catch(ignoreEnded)));
};

const ignoreEnded = (error: unknown): void => {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
};

const ignoreFailed = (error: unknown): void => {
  if (!(error instanceof WorkflowFailedError)) throw error;
};

const newWorker = async (env: TestWorkflowEnvironment, workflowBundle: WorkflowBundleOption): Promise<Worker> =>
  await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUES.main,
    workflowBundle,
    activities,
    // A copy in a test never ends by itself.
    shutdownForceTime: '2s',
    maxHeartbeatThrottleInterval: '200ms',
  });

async function run(env: TestWorkflowEnvironment, progress: Partial<Progress> = {}): Promise<FakeRun> {
  const workflowId = `daybreak/123456789012/eu-west-2/${randomUUID()}/mindmeasure`;
  const plan = examplePlan();
  const handle = await env.client.workflow.start(MIGRATE_WORKFLOW, {
    workflowId,
    taskQueue: TASK_QUEUES.main,
    args: [{ plan, operator: 'carol', searchAttributes: false }],
  });
  const set = async (next: Partial<Progress>): Promise<void> => await handle.signal(setProgress, next);
  await set(progress);
  const ended = async (): Promise<void> => void (await handle.result().catch(ignoreFailed));
  return { id: workflowId, handle, set, ended };
}
