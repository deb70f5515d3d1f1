import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { FAILURES, isFailureType } from '../../model/failure.ts';
import type { GiverHeld } from './attempt.ts';

/**
 * Waits for AWS inside the attempt: what an activity of its own would leave to Temporal's retries is tried again here, because behind the
 * fence custody and its deadline stay in one place. Ends with the answer, a failure that no retry mends, or the attempt's abort.
 */
export async function untilReady<Result>(
  { clients, abort }: Pick<GiverHeld, 'clients' | 'abort'>,
  deed: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    abort.throwIfAborted();
    try {
      return await deed();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const delayMs = Number(error.nextRetryDelay ?? clients.pollIntervalMs);
      await wait(delayMs, undefined, { signal: abort }).catch(() => abort.throwIfAborted());
    }
  }
}

const isPassing = (error: unknown): error is ApplicationFailure =>
  error instanceof ApplicationFailure && isFailureType(error.type) && FAILURES[error.type].retryable;
