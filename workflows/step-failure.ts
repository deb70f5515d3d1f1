import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { isFailureType } from '../model/failure.ts';
import { asBug } from './migration.ts';

/** A failed step in words for people. */
export interface StepFailure {
  /** A key of `FAILURES`, `TimedOut`, `NotStarted`, or `Unexpected` for what no activity should throw. */
  readonly type: string;
  readonly message: string;
}

/**
 * Reads what an activity, or a judgement of its result, failed with. Throws on everything else: that is a bug of the workflow.
 * An activity's own bug comes out as `Unexpected`: it is held in any case and never undone by itself.
 */
export function stepFailureOf(error: unknown): StepFailure {
  if (error instanceof ApplicationFailure && isFailureType(error.type)) return ofApplication(error);
  if (!(error instanceof ActivityFailure)) throw asBug(error);
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return ofApplication(cause);
  if (cause instanceof TimeoutFailure) return ofTimeout(cause, error.activityType);
  return { type: 'Unexpected', message: cause?.message ?? error.message };
}

const ofApplication = ({ type, message }: ApplicationFailure): StepFailure => ({
  type: isFailureType(type) ? type : 'Unexpected',
  message: isFailureType(type) ? message : `${type ?? 'Error'}: ${message}`,
});

function ofTimeout({ timeoutType, cause }: TimeoutFailure, activity: string): StepFailure {
  if (timeoutType === 'SCHEDULE_TO_START')
    return { type: 'NotStarted', message: `no worker took ${activity}: start one, then go on` };
  const last = cause instanceof ApplicationFailure ? `; the last try said: ${cause.message}` : '';
  return { type: 'TimedOut', message: `${activity} did not succeed in the time it may take${last}` };
}
