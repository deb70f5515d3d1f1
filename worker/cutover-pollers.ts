import proto from '@temporalio/proto';
import { TASK_QUEUES } from '../model/names.ts';
import type { Temporal } from './temporal.ts';

/** A poll lasts a minute at most; the server goes on listing who has been silent for five. */
const ALIVE_MS = 75_000;

/** Workers that poll the cutover queue. One that runs a cutover holds its only slot and does not poll: it is not counted. */
export async function countCutoverWorkers({ connection, namespace }: Temporal): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: TASK_QUEUES.cutover },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  const alive = (pollers ?? []).filter(
    ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < ALIVE_MS,
  );
  return new Set(alive.map(({ identity }) => identity)).size;
}
