import { failure } from '../failure.ts';
import type { Attempt } from './attempt.ts';
import { checkToken, readCustodyRow } from './custody-store.ts';
import { openTaker } from './opening.ts';
import { revertSwitches } from './throw-switches.ts';

export type End = 'completed' | 'given-back' | 'untouched';

/**
 * Ends a hand-over from whatever custody says, never from what an attempt believes: given is completed, fenced is given back
 * and the application's switches put back, anything else is left alone.
 */
export async function endHandOver(attempt: Attempt): Promise<End> {
  const held = await readCustodyRow(attempt.giver);
  if (held?.handOver !== attempt.handOver.handOver) return 'untouched';
  if (held.state === 'given') {
    await openTaker(attempt);
    return 'completed';
  }
  if (held.state !== 'fenced') return 'untouched';
  attempt.onStep('give writes back');
  await giveBack(attempt);
  await revertSwitches(attempt);
  return 'given-back';
}

async function giveBack({ giver, token }: Attempt): Promise<void> {
  await giver.transaction(async () => {
    await checkToken(giver, token);
    await giver.query('SELECT daybreak.give_back()');
  });
}

export const givenBack = (why: string): Error => failure('WritesGivenBack', `writes were given back: ${why}`);
