import { ApplicationFailure } from '@temporalio/common';
import { isWritable } from '../../model/custody.ts';
import { failure } from '../failure.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { applicationIsUs } from './application-is-us.ts';
import { claimTaker, type GiverHeld } from './attempt.ts';
import { checkToken, readCustodyRow } from './custody-store.ts';
import { endReaders } from './fence.ts';
import { openTaker } from './opening.ts';
import { resumeClients, revertSwitches } from './throw-switches.ts';

export type End = 'completed' | 'given-back' | 'untouched';

/**
 * Ends a hand-over from whatever custody says, never from what an attempt believes: given is completed, fenced is given back
 * and the application's switches put back, anything else is left alone. Giving back needs the giver only: a target that is gone
 * must not keep the source closed.
 */
export async function endHandOver(held: GiverHeld): Promise<End> {
  const end = await endByCustody(held);
  if (end !== 'completed') await shutOutOlderAttempts(held);
  await resumeClients(held);
  return end;
}

async function endByCustody(held: GiverHeld): Promise<End> {
  const custody = await readCustodyRow(held.giver);
  if (custody?.handOver !== held.handOver.handOver) return 'untouched';
  if (custody.state === 'given') {
    const attempt = await claimTaker(held);
    try {
      await openTaker(attempt);
    } finally {
      await attempt.taker.close();
    }
    return 'completed';
  }
  if (isWritable(custody)) {
    // The server was faster, or a predecessor that died right after; the switches it knows nothing of.
    if (applicationIsUs(held.handOver, held.giverLogin)) await endReaders(held.giver);
    await revertSwitches(held);
    return 'given-back';
  }
  if (custody.state !== 'fenced') return 'untouched';
  held.onStep('give writes back');
  await giveBack(held);
  await revertSwitches(held);
  return 'given-back';
}

async function giveBack({ giver, token }: GiverHeld): Promise<void> {
  const readers = await giver.transaction(async () => {
    await checkToken(giver, token);
    const [row] = await giver.query<{ readers: boolean | null }>(
      `SELECT (doors ->> 'readers')::boolean AS readers FROM daybreak.custody`,
    );
    await giver.query('SELECT daybreak.give_back()');
    return row?.readers;
  });
  if (readers === true) await endReaders(giver);
}

/** The taking side, too, refuses older attempts from here on. One that does not answer, or is a standby, takes no deeds of theirs either. */
async function shutOutOlderAttempts(held: GiverHeld): Promise<void> {
  try {
    const { taker } = await claimTaker(held);
    await taker.close();
  } catch (error) {
    if (sqlStateOf(error) === READ_ONLY) return;
    if (!(error instanceof ApplicationFailure) || error.type !== 'DatabaseUnreachable') throw error;
  }
}

/** What a standby answers to whoever would change a row. */
const READ_ONLY = '25006';

export const givenBack = (why: string): Error => failure('WritesGivenBack', `writes were given back: ${why}`);
