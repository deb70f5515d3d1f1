import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/client';
import { z } from 'zod';
import type { CopyProgress } from '../../model/copy-progress.ts';
import type { PendingActivity } from './run-view.ts';

type Raw = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

const copyHeartbeat = z.object({
  stage: z.string(),
  tables: z.number(),
  tablesDone: z.number(),
  bytes: z.number(),
});

const liveHeartbeat = z.object({
  ofBytes: z.number(),
  rows: z.number(),
  bytesPerSecond: z.number(),
  etaMs: z.number().nullable(),
  // Workers of an earlier version say none.
  remark: z.string().nullable().default(null),
  underWay: z.array(
    z.object({
      table: z.string(),
      rows: z.number(),
      bytes: z.number(),
      ofBytes: z.number(),
      etaMs: z.number().nullable(),
    }),
  ),
});

/** States of `temporal.api.enums.v1.PendingActivityState` that a person brought about. */
const PAUSED: readonly unknown[] = [4, 5];

export const pendingActivities = (raw: readonly Raw[]): PendingActivity[] =>
  raw.map((activity) => ({
    name: activity.activityType?.name ?? 'unknown',
    attempt: activity.attempt ?? 1,
    lastFailure: activity.lastFailure?.message ?? null,
    nextAttemptAt: isoOf(activity.nextAttemptScheduleTime),
    paused: PAUSED.includes(activity.state),
    copy: copyOf(activity),
  }));

/** Heartbeats are for people: one that reads differently is shown as none. */
function copyOf({ heartbeatDetails }: Raw): CopyProgress | null {
  const payload = heartbeatDetails?.payloads?.[0];
  if (payload === undefined) return null;
  const details: unknown = defaultPayloadConverter.fromPayload(payload);
  const { data } = copyHeartbeat.safeParse(details);
  return data === undefined ? null : { ...data, live: liveHeartbeat.safeParse(details).data ?? null };
}

function isoOf(time: Raw['nextAttemptScheduleTime']): string | null {
  if (time === null || time === undefined) return null;
  return new Date(Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString();
}
