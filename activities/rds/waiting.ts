import { activityInfo } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { failure } from '../failure.ts';
import { outlook } from './status.ts';

/**
 * Waiting is retrying: one look an attempt, and "not yet" is a benign failure whose message is the status, so that the
 * Temporal UI shows it, no history grows and any worker may look next.
 */
export function notYet(what: string, intervalMs: number): ApplicationFailure {
  // ±20 %: many migrations started together do not ask in step.
  const nextRetryDelayMs = Math.round(intervalMs * (0.8 + 0.4 * Math.random()));
  return failure('ResourceNotReady', what, { benign: true, nextRetryDelayMs });
}

/** RDS reads lag its writes: what we made a moment ago may still be unknown to a describe. */
const READ_LAG_MS = 2 * 60_000;

export interface Waiting {
  /** For people: `cluster mindmeasure-aurora`. */
  readonly what: string;
  readonly status: string | undefined;
  readonly intervalMs: number;
  /** Said beside the status, e.g. `40 %`. */
  readonly detail?: string;
}

/** Returns once `status` is `available`; throws `ResourceNotReady` before and `ResourceFailed` when it never will be. */
export function assertAvailable({ what, status, intervalMs, detail }: Waiting): void {
  const seen = `${what} is ${status ?? 'without a status'}${detail === undefined ? '' : `, ${detail}`}`;
  const hope = outlook(status);
  if (hope === 'failed') throw failure('ResourceFailed', `${seen}: wanted available`, { code: status ?? '' });
  if (hope === 'wait') throw notYet(seen, intervalMs);
}

/** For a resource we made and a describe does not know. */
export function missing(what: string, intervalMs: number): ApplicationFailure {
  const waitedMs = Date.now() - activityInfo().scheduledTimestampMs;
  return waitedMs < READ_LAG_MS
    ? notYet(`${what} is not listed yet`, intervalMs)
    : failure('ResourceFailed', `${what} does not exist any more: somebody deleted it`);
}
