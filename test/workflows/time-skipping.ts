import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkerOptions, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../activities/contract.ts';
import { TASK_QUEUES } from '../../model/names.ts';
import { toolPath } from '../tools.ts';

const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

export const bundleWorkflows = (): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({ workflowsPath, logger: quiet });

const nothing = (): void => undefined;
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A server whose clock jumps over timers while a result is awaited, and workers on its three queues. */
export interface Bench extends AsyncDisposable {
  readonly env: TestWorkflowEnvironment;
  readonly bundle: WorkflowBundleWithSourceMap;
  /** Starts a worker a queue; disposing stops them. */
  work(
    activities: Activities,
    options?: Partial<WorkerOptions> & { readonly queues?: readonly Queue[] },
  ): Promise<AsyncDisposable>;
}

type Queue = keyof typeof TASK_QUEUES;
const QUEUES: readonly Queue[] = ['main', 'copy', 'cutover'];

export async function openBench(): Promise<Bench> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: toolPath('temporal-test-server') } },
  });
  const bundle = await bundleWorkflows();
  return {
    env,
    bundle,
    work: (activities, options = {}) => work(env, bundle, activities, options),
    [Symbol.asyncDispose]: () => env.teardown(),
  };
}

async function work(
  env: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundleWithSourceMap,
  activities: Activities,
  { queues = QUEUES, ...options }: Partial<WorkerOptions> & { readonly queues?: readonly Queue[] },
): Promise<AsyncDisposable> {
  const workers = await Promise.all(
    queues.map((queue) =>
      Worker.create({
        connection: env.nativeConnection,
        taskQueue: TASK_QUEUES[queue],
        activities,
        maxHeartbeatThrottleInterval: '100ms',
        shutdownForceTime: '5s',
        ...(queue === 'main' ? { workflowBundle } : {}),
        ...options,
      }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  return {
    async [Symbol.asyncDispose]() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
    },
  };
}
