import { give } from '../../model/custody.ts';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { together } from '../together.ts';
import type { VerifyFacts } from '../contract.ts';
import type { Attempt } from './attempt.ts';
import { doDeed } from './custody-store.ts';
import { UNLOCKED_TABLES } from './user-tables.ts';
import type { WriteLock } from './write-lock.ts';

/** What was verified behind the fence, kept in custody so that a successor can report it. */
export type Verified = Pick<VerifyFacts, 'tables' | 'rows'> & { readonly writesLost: number | null };

/**
 * The commit: the transaction that holds the write lock does what the section adds (`alongside`, at least a refusing trigger on every
 * table) and sets custody `given`. It demands our token and a deadline not yet passed. From here on nothing of ours opens
 * the giver again by this hand-over.
 */
export async function commitHandOver(
  { token, abort }: Attempt,
  lock: WriteLock,
  verified: Verified,
  alongside: (session: Session) => Promise<void> = refuseEverywhere,
): Promise<void> {
  await lock.release();
  const { session } = lock;
  const setGiven = async (): Promise<void> => {
    await doDeed(session, (custody, nowMs) => give(custody, { token, nowMs }));
    await session.query('UPDATE daybreak.custody SET facts = $1', [JSON.stringify(verified)]);
  };
  await together(abort, [() => alongside(session), setGiven]);
  await session.query('COMMIT');
}

/** Behind a durable fence nobody compares catalogues any more: a table that the lock does not hold was made behind it, and never copied. */
async function refuseEverywhere(session: Session): Promise<void> {
  const unlocked = await session.query<{ name: string }>(UNLOCKED_TABLES);
  if (unlocked.length > 0)
    throw failure(
      'VerificationFailed',
      `tables made behind the fence: ${unlocked.map(({ name }) => name).join(', ')}; wanted none, for they were not copied`,
    );
  await refuseWrites(session);
}

export const refuseWrites = async (session: Session): Promise<void> =>
  void (await session.query('SELECT daybreak.refuse_writes()'));
