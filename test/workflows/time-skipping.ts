import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../activities/contract.ts';
import { TASK_QUEUES } from '../../model/names.ts';
import { workflowBundle as bundleWorkflows } from '../../worker/workflow-bundle.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/ui.ts';
import type { ActivityName } from '../../workflows/policies.ts';
import { quietRuntime } from '../quiet-runtime.ts';
import { startedInTime } from '../started-in-time.ts';
import { toolPath } from '../tools.ts';
import { fakeActivities } from './fake-activities.ts';
import { newWorld, type World } from './fake-world.ts';

const KEYWORD = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

type Queue = keyof typeof TASK_QUEUES;
const QUEUES: readonly Queue[] = ['main', 'copy', 'cutover'];

/** A server whose clock jumps over timers while a result is awaited, and workers on its queues, over one fake world at a time. */
export interface Bench extends AsyncDisposable {
  readonly env: TestWorkflowEnvironment;
  /** A world as before any migration; the workers work on it from now on. */
  freshWorld(): World;
  /** Starts one more worker. */
  work(queue: Queue): Promise<void>;
}

export interface BenchOptions {
  /** `dev` is the real server with its real clock: it can reset a run. Default `time-skipping`. */
  readonly server?: 'time-skipping' | 'dev';
  /** Queues with a worker; default all three. */
  readonly queues?: readonly Queue[];
  readonly workers?: Partial<WorkerOptions>;
  /** What history says of who worked and asked; default the SDK's, which names this machine. */
  readonly identity?: string;
}

export async function openBench({
  queues = QUEUES,
  workers = {},
  identity,
  server = 'time-skipping',
}: BenchOptions = {}): Promise<Bench> {
  quietRuntime();
  const [env, workflowBundle] = await Promise.all([
    startedInTime(() => openServer(server, identity === undefined ? {} : { identity })),
    bundleWorkflows(),
  ]);
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, KEYWORD])),
  });
  const current = { activities: fakeActivities(newWorld()) };
  const running: { readonly worker: Worker; readonly ended: Promise<void> }[] = [];
  const work = async (queue: Queue): Promise<void> => {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: TASK_QUEUES[queue],
      activities: delegating(current),
      maxHeartbeatThrottleInterval: '100ms',
      shutdownForceTime: '5s',
      ...(queue === 'main' ? { workflowBundle } : {}),
      ...(identity === undefined ? {} : { identity }),
      ...workers,
    });
    running.push({ worker, ended: worker.run() });
  };
  await Promise.all(queues.map(work));
  return {
    env,
    work,
    freshWorld() {
      const world = newWorld();
      current.activities = fakeActivities(world);
      return world;
    },
    async [Symbol.asyncDispose]() {
      for (const { worker } of running) worker.shutdown();
      // A worker that a failed test left hanging must not leave the server behind as well.
      const ended = await Promise.allSettled(running.map((one) => one.ended));
      await env.teardown();
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
    },
  };
}

function openServer(kind: 'time-skipping' | 'dev', client: { identity?: string }): Promise<TestWorkflowEnvironment> {
  const executable = (name: 'temporal' | 'temporal-test-server') =>
    ({ type: 'existing-path', path: toolPath(name) }) as const;
  return kind === 'dev'
    ? TestWorkflowEnvironment.createLocal({ server: { executable: executable('temporal') }, client })
    : TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: executable('temporal-test-server') },
        client,
      });
}

const delegating = (current: { activities: Activities }): object =>
  Object.fromEntries(
    Object.keys(current.activities).map((name) => [
      name,
      (input: never) => current.activities[name as ActivityName](input),
    ]),
  );
