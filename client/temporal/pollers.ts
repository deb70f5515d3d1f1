import proto from '@temporalio/proto';
import type { Temporal } from './connect.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;
const TYPES = {
  workflow: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activity: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;

/** A poll lasts a minute at the most; the server lists pollers for five after the last one. */
const ALIVE_MS = 75_000;

/** Identities of the workers that poll a queue now. */
export async function pollersOf(
  { client, namespace, within }: Temporal,
  queue: string,
  kind: keyof typeof TYPES,
): Promise<string[]> {
  const { pollers } = await within(() =>
    client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType: TYPES[kind] }),
  );
  const alive = (pollers ?? []).filter(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < ALIVE_MS,
  );
  return [...new Set(alive.map(({ identity }) => identity ?? 'unknown'))];
}
