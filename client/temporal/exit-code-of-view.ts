import { exitCodeOf } from '../../model/exit-code.ts';
import { EXIT } from '../exit-codes.ts';
import { isClosed, isEnding } from './ending.ts';
import type { RunView } from './run-view.ts';

/** The code of a run as seen from outside: silence, and an end by force, need an operator. */
export function exitCodeOfView({ execution, progress }: Pick<RunView, 'execution' | 'progress'>): number {
  // Only the run itself closes as cancelled, and only after it has undone everything.
  if (progress === null) return execution === 'CANCELLED' ? EXIT.undone : EXIT.operator;
  if (execution === 'PAUSED' || (isClosed(execution) && !isEnding(progress.status))) return EXIT.operator;
  return exitCodeOf(progress.status);
}
