import { CancellationScope } from '@temporalio/workflow';
import type { Answer } from '../model/gate.ts';
import type { RollbackRequest } from './messages.ts';
import { askToStop, set, targetOf, type Migration, type Stage } from './migration.ts';
import { call } from './policies.ts';
import { stepFailureOf } from './step-failure.ts';

const no = (reason: string): Answer => ({ accepted: false, reason });

const REFUSED: Partial<Record<Stage, string>> = {
  fenced: 'writes are being moved right now: ask again when that has ended',
  retiring: 'the way back closed when the decommission was approved',
  undoing: 'it is being undone already',
  ended: 'it has ended already',
};

/** Before the commit a rollback undoes; after it, it moves the writes back, and first says what that would lose. */
export async function answerRollback(m: Migration, request: RollbackRequest): Promise<Answer> {
  const refused = refusal(m);
  if (refused !== null) return no(refused);
  const { actor, acceptLoss = false } = request;
  if (m.stage === 'forward') {
    askToStop(m, { ending: 'cancelled', reason: `${actor} asked for a rollback, so everything was undone` });
    return { accepted: true };
  }
  const loss = await lossOf(m);
  // While the writes were counted, somebody else may have been faster, or the way back may have closed.
  const late = refusal(m);
  if (late !== null) return no(late);
  if (!acceptLoss && loss.writes !== 0)
    return no(`${loss.words}; accept that (--accept-loss, or acceptLoss: true) to go back all the same`);
  m.acceptLoss = acceptLoss;
  askToStop(m, { ending: 'rolled-back', reason: `${actor} asked for a rollback; ${loss.words}` });
  return { accepted: true };
}

function refusal(m: Migration): string | null {
  const { stage, stop } = m;
  const refused = REFUSED[stage];
  if (refused !== undefined) return refused;
  return stop === null ? null : `it is being stopped already: ${stop.reason}`;
}

/** The handler runs in the root scope, where after a cancel that changed nothing no activity could be called any more. */
async function lossOf(m: Migration): Promise<{ readonly writes: number | null; readonly words: string }> {
  try {
    const { writes } = await CancellationScope.nonCancellable(() =>
      call('countWritesAtRisk', 'count the writes going back would lose', { migration: m.id, target: targetOf(m) }),
    );
    if (m.progress.wayBack !== null) set(m, { wayBack: { ...m.progress.wayBack, writesAtRisk: writes } });
    if (writes !== null) return { writes, words: lossWords(writes) };
    return { writes, words: 'going back loses an unknown number of writes: the statistics of the target were reset' };
  } catch (error) {
    const why = stepFailureOf(error).message;
    return { writes: null, words: `going back loses an unknown number of writes: they could not be counted: ${why}` };
  }
}

/** The target goes on taking writes until its fence: whoever accepts the loss accepts those too. */
const lossWords = (writes: number): string =>
  `going back loses ${writes} writes the target has taken so far${writes === 0 ? '' : ', and what it takes until its fence'}`;
