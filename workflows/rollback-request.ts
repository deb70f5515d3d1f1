import { CancellationScope } from '@temporalio/workflow';
import type { Answer } from '../model/gate.ts';
import type { HandOverPreview, RollbackPreview } from '../model/rollback-preview.ts';
import { labelOf } from '../model/undo.ts';
import type { RollbackRequest } from './messages.ts';
import { askToStop, set, sides, wayBackFound, type Migration, type Stage } from './migration.ts';
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
  const cost = await costOf(m);
  // While both sides were looked at, somebody else may have been faster, or the way back may have closed.
  const late = refusal(m);
  if (late !== null) return no(late);
  if (!acceptLoss && (cost.lost || cost.writesLost !== 0))
    return no(`${cost.words}; accept that (--accept-loss, or acceptLoss: true) to go back all the same`);
  // Nobody who accepts a loss wants one that need not be: a feed that just carried a change carries all of them.
  m.acceptLoss = acceptLoss && !cost.carriesAll;
  askToStop(m, { ending: 'rolled-back', reason: `${actor} asked for a rollback; ${cost.words}` });
  return { accepted: true };
}

/** What a rollback would do, where the run stands now. Changes nothing of the run but what it knows of the cost. */
export async function previewRollback(m: Migration): Promise<RollbackPreview> {
  const refused = refusal(m);
  if (refused !== null) return { kind: 'refused', reason: refused };
  if (m.stage === 'forward') return { kind: 'undo', undone: m.undo.toReversed().map(labelOf) };
  try {
    return { kind: 'hand-over', ...(await lookBack(m)) };
  } catch (error) {
    return { kind: 'refused', reason: `both sides could not be looked at: ${stepFailureOf(error).message}` };
  }
}

function refusal(m: Migration): string | null {
  const { stage, stop } = m;
  const refused = REFUSED[stage];
  if (refused !== undefined) return refused;
  return stop === null ? null : `it is being stopped already: ${stop.reason}`;
}

/** The handler runs in the root scope, where after a cancel that changed nothing no activity could be called any more. */
async function lookBack(m: Migration): Promise<HandOverPreview> {
  const seen = await CancellationScope.nonCancellable(() =>
    call('previewRollback', 'look at what going back would do and cost', {
      ...sides(m),
      ...wayBackFound(m),
      plan: m.input.plan,
    }),
  );
  if (m.progress.wayBack !== null) set(m, { wayBack: { ...m.progress.wayBack, writesAtRisk: seen.writesLost } });
  return seen;
}

interface Cost extends Pick<HandOverPreview, 'lost' | 'writesLost'> {
  readonly carriesAll: boolean;
  readonly words: string;
}

async function costOf(m: Migration): Promise<Cost> {
  try {
    const seen = await lookBack(m);
    const why = seen.lost ? `${seen.troubles.join('; ')}: ` : '';
    return { ...seen, carriesAll: seen.tripMs !== null && !seen.lost, words: `${why}${lossWords(seen)}` };
  } catch (error) {
    const words = `going back loses an unknown number of writes: they could not be counted: ${stepFailureOf(error).message}`;
    return { lost: false, writesLost: null, carriesAll: false, words };
  }
}

/** The target goes on taking writes until its fence: whoever accepts the loss accepts those too. */
function lossWords({ lost, writesLost }: HandOverPreview): string {
  if (writesLost === null)
    return 'going back loses an unknown number of writes: the statistics of the target were reset';
  // Some of them may have come along before the feed was lost.
  const count = `${lost ? 'up to ' : ''}${writesLost}`;
  return `going back loses ${count} writes the target has taken so far${writesLost === 0 && !lost ? '' : ', and what it takes until its fence'}`;
}
