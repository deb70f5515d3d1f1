import { give } from '../../model/custody.ts';
import type { Session } from '../clients.ts';
import type { VerifyFacts } from '../contract.ts';
import type { Attempt } from './attempt.ts';
import { doDeed } from './custody-store.ts';
import type { WriteLock } from './write-lock.ts';

/** What was verified behind the fence, kept in custody so that a successor can report it. */
export type Verified = Pick<VerifyFacts, 'tables' | 'rows'> & { readonly writesLost: number | null };

/**
 * The commit: the transaction that holds the write lock does what the section adds (`alongside`, at least a refusing trigger on every
 * table) and sets custody `given`. It demands our token and a deadline not yet passed. From here on nothing of ours opens
 * the giver again by this hand-over.
 */
export async function commitHandOver(
  { token }: Attempt,
  lock: WriteLock,
  verified: Verified,
  alongside: (session: Session) => Promise<void> = refuseWrites,
): Promise<void> {
  await lock.release();
  const { session } = lock;
  await alongside(session);
  await doDeed(session, (custody, nowMs) => give(custody, { token, nowMs }));
  await session.query('UPDATE daybreak.custody SET facts = $1', [JSON.stringify(verified)]);
  await session.query('COMMIT');
}

export const refuseWrites = async (session: Session): Promise<void> =>
  void (await session.query('SELECT daybreak.refuse_writes()'));
