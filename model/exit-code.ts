import type { Status } from './progress.ts';

/** What the shell is told about a migration; usage, refusals of a gate and connection errors have codes of their own. */
const EXIT_CODES = {
  running: 0,
  'cutting-over': 0,
  soaking: 0,
  undoing: 0,
  done: 0,
  refused: 3,
  rejected: 5,
  cancelled: 5,
  abandoned: 5,
  undone: 5,
  'given-back': 5,
  'rolled-back': 5,
  paused: 6,
  'waiting-for-approval': 6,
  returned: 6,
  held: 7,
  'rollback-blocked': 7,
} as const satisfies Record<Status, number>;

/** 0 done or going on by itself, 3 refused, 5 undone, 6 waits for a person, 7 needs an operator. */
export const exitCodeOf = (status: Status): number => EXIT_CODES[status];
