import { hostname } from 'node:os';
import type { WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/contract.ts';
import { TASK_QUEUES } from '../model/names.ts';
import type { Temporal } from './temporal.ts';

/** One process a role, so that a long copy never delays a cutover and a frozen process holds up only its own work. */
export const ROLES = ['main', 'copy', 'cutover'] as const;
export type Role = (typeof ROLES)[number];
export const isRole = (name: string | undefined): name is Role => ROLES.some((role) => role === name);

export interface Equipment {
  readonly temporal: Temporal;
  readonly activities: Activities;
  readonly shutdownGraceMs: number;
  /** Only `main` runs workflows. */
  readonly workflowBundle: WorkerOptions['workflowBundle'];
}

export function workerOptions(role: Role, equipment: Equipment): WorkerOptions {
  const { temporal, activities } = equipment;
  return {
    connection: temporal.connection,
    namespace: temporal.namespace,
    taskQueue: TASK_QUEUES[role],
    activities,
    identity: `daybreak-${role}@${process.pid}@${hostname()}`,
    ...optionsOf(role, equipment),
  };
}

function optionsOf(role: Role, { shutdownGraceMs, workflowBundle }: Equipment): Partial<WorkerOptions> {
  switch (role) {
    case 'main':
      return {
        ...(workflowBundle === undefined ? {} : { workflowBundle }),
        // A dead workflow worker delays the next step by this long, by 10 s if left alone.
        stickyQueueScheduleToStartTimeout: '1s',
        maxConcurrentActivityTaskExecutions: 20,
        shutdownGraceTime: '10s',
      };
    case 'copy':
      // Each copy runs as many jobs as its plan says; a copy that is cut off begins again.
      return { maxConcurrentActivityTaskExecutions: 2, shutdownGraceTime: '10s' };
    case 'cutover':
      return {
        // A worker that holds its only slot does not poll: frozen, it swallows no retry (17–48 s against 3 s).
        maxConcurrentActivityTaskExecutions: 1,
        // Heartbeats carry aborts: throttled to 0.8 × the time-out they would come seconds late.
        maxHeartbeatThrottleInterval: '200ms',
        // A cutover that runs is finished, not cut off in the fence.
        shutdownGraceTime: shutdownGraceMs,
      };
  }
}
