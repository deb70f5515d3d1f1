import type { Status } from '../model/progress.ts';
import type { HoldAnswer } from './messages.ts';
import { set, stopped, under, type Migration } from './migration.ts';
import type { StepFailure } from './step-failure.ts';
import { waitForPerson } from './waiting.ts';

export interface Hold {
  readonly step: string;
  readonly failure: StepFailure;
  readonly answers: readonly HoldAnswer['answer'][];
  readonly status?: Extract<Status, 'held' | 'rollback-blocked'>;
}

/** Stops for the operator and returns the answer; `undo`, and any other stop meanwhile, is thrown. */
export async function hold(m: Migration, { step, failure, answers, status = 'held' }: Hold): Promise<HoldAnswer> {
  m.holdAnswer = null;
  set(m, { held: { step, failure: failure.type, message: failure.message, answers } });
  try {
    const answer = await under(m, status, async () => {
      await waitForPerson(m, { what: `an answer to the hold at ${step}`, until: null }, () => m.holdAnswer !== null);
      return m.holdAnswer;
    });
    if (answer === null) throw new Error('a hold ended without an answer');
    if (answer.answer !== 'undo') return answer;
    throw stopped(m, { ending: 'undone', reason: `${step} failed (${failure.message}); ${answer.actor} chose undo` });
  } finally {
    set(m, { held: null });
  }
}
