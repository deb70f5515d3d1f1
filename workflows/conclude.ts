import { allHandlersFinished, ApplicationFailure, CancelledFailure, condition } from '@temporalio/workflow';
import type { CancellationScope } from '@temporalio/workflow';
import type { Ending, Progress } from '../model/progress.ts';
import { now, set, type Migration } from './migration.ts';
import { skippableStep } from './step.ts';

/** Publishes the outcome and closes the run as its ending says; nobody who asked is left without an answer. */
export async function conclude(m: Migration, ending: Ending, root: CancellationScope): Promise<Progress> {
  m.stage = 'ended';
  set(m, { status: ending, endedAt: now(), waitingFor: null, gate: null, wayBack: null });
  const published = await skippableStep(m, 'publishOutcome', 'publish the outcome', { progress: m.progress });
  if (published !== 'skipped') set(m, { evidence: published.location });
  await condition(allHandlersFinished);
  if (ending === 'done') return m.progress;
  const reason = m.progress.reason ?? ending;
  if (ending === 'cancelled' && root.consideredCancelled) throw new CancelledFailure(reason);
  throw ApplicationFailure.nonRetryable(reason, 'MigrationEnded', m.progress);
}
