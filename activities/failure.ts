import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { FAILURES, type FailureType } from '../model/failure.ts';

export interface FailureOptions {
  /** Kept for the log, never for history: foreign messages may hold connection strings or rows. */
  readonly nextRetryDelayMs?: number;
  /** "Not yet" is no failure: the worker logs it quietly and counts no error. */
  readonly benign?: boolean;
  /** SQLSTATE or AWS code the failure was translated from. */
  readonly code?: string;
}

/** The only way an activity fails on purpose. `message` says what, found and wanted; the remedy comes from the table. */
export function failure(type: FailureType, message: string, options: FailureOptions = {}): ApplicationFailure {
  const { retryable, remedy } = FAILURES[type];
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !retryable,
    details: [{ remedy, code: options.code ?? null }],
    ...(options.nextRetryDelayMs === undefined ? {} : { nextRetryDelay: options.nextRetryDelayMs }),
    ...(options.benign === true ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}
