import type { Ending, Status } from '../../model/progress.ts';

const ENDINGS: Readonly<Record<Ending, true>> = {
  done: true,
  refused: true,
  rejected: true,
  cancelled: true,
  abandoned: true,
  undone: true,
  'given-back': true,
  'rolled-back': true,
};

/** Whether a migration with this status is over. */
export const isEnding = (status: Status): status is Ending => Object.hasOwn(ENDINGS, status);

const CLOSED: readonly string[] = ['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED_AS_NEW'];

/** Whether Temporal's word for an execution means that it will not go on. */
export const isClosed = (execution: string): boolean => CLOSED.includes(execution);
