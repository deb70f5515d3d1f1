import { expect, test } from 'vitest';
import type { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../activities/contract.ts';
import { TASK_QUEUES } from '../../model/names.ts';
import { ROLES, workerOptions, type Role } from '../../worker/roles.ts';

/** The numbers were measured; each is there for a reason that the design names, so that a change of one is a decision. */
const optionsOf = (role: Role) =>
  workerOptions(role, {
    temporal: { connection: {} as NativeConnection, address: '', namespace: 'migrations' },
    activities: {} as Activities,
    shutdownGraceMs: 1_234,
    workflowBundle: { code: '' },
  });

test('each role works on a queue of its own', () => {
  expect(ROLES.map((role) => optionsOf(role).taskQueue)).toEqual(Object.values(TASK_QUEUES));
});

test('only one role runs workflows, and hands them over within a second when it dies', () => {
  expect(ROLES.filter((role) => optionsOf(role).workflowBundle !== undefined)).toEqual(['main']);
  expect(optionsOf('main').stickyQueueScheduleToStartTimeout).toBe('1s');
});

test('a cutover has its process to itself, hears of an abort at once, and is finished before a shutdown', () => {
  expect(optionsOf('cutover')).toMatchObject({
    maxConcurrentActivityTaskExecutions: 1,
    maxHeartbeatThrottleInterval: '200ms',
    shutdownGraceTime: 1_234,
  });
});
