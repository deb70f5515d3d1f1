import { ApplicationFailure } from '@temporalio/common';
import { escapeIdentifier } from 'pg';
import { replicationNames, sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Login, Sides } from '../contract.ts';
import { endLease } from '../copy/live/lease.ts';
import { readCustodyRow } from '../cutover/custody-store.ts';
import { isStandby } from '../postgres/is-standby.ts';
import { publicationExists } from './publication.ts';
import { dropReplicationRole } from './replication-role.ts';
import { dropSlot } from './slot.ts';
import { dropSubscription } from './subscription.ts';
import { dropSyncSlots } from './sync-slots.ts';

/**
 * Ends both directions and the tracker on each side without asking the other: role, subscriptions, slots (whoever reads from
 * them is ended), publications, sentinels, the copy's lease. Idempotent; `absent` where neither side had anything.
 * A target that does not answer is passed over while the source has the writes, for then it is deleted or about to be, and a slot left
 * on the source would fill its disk. In every other case throws the unreachable side's `DatabaseUnreachable`, with the other side done.
 */
export async function dropReplication(
  clients: Pick<Clients, 'openSession'>,
  { migration, source, target }: Sides,
): Promise<'undone' | 'absent'> {
  const [onTarget, onSource] = await Promise.allSettled([
    dropOnSide(clients, migration, target),
    dropOnSide(clients, migration, source),
  ]);
  if (onSource.status === 'rejected') throw onSource.reason;
  if (onTarget.status === 'rejected' && !(passedOver(onTarget.reason) && onSource.value.hasWrites))
    throw onTarget.reason;
  const dropped = onSource.value.dropped || (onTarget.status === 'fulfilled' && onTarget.value.dropped);
  return dropped ? 'undone' : 'absent';
}

const passedOver = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'DatabaseUnreachable';

interface DroppedSide {
  readonly dropped: boolean;
  /** No hand-over has given this side's writes away. */
  readonly hasWrites: boolean;
}

async function dropOnSide(
  { openSession }: Pick<Clients, 'openSession'>,
  migration: string,
  login: Login,
): Promise<DroppedSide> {
  const { forward, reverse, copied, tracker, role } = replicationNames(migration);
  await using session = await openSession(login, { name: sessionName(migration, 0) });
  // A replica that was never promoted has nothing of its own, and takes no statements that change anything.
  if (await isStandby(session)) return { dropped: false, hasWrites: false };
  // The role first, or the subscription of a side that does not answer us would come back to a slot whose reader was ended.
  const dropped = [await dropReplicationRole(session, role)];
  for (const name of [forward, reverse]) dropped.push(await dropSubscription(session, name));
  for (const name of [forward, reverse, tracker]) dropped.push(await dropSlot(session, name));
  dropped.push(await dropSyncSlots(session));
  for (const name of [forward, reverse, copied]) dropped.push(await dropPublication(session, name));
  await session.query(
    `DROP TABLE IF EXISTS daybreak.forward_sentinel, daybreak.reverse_sentinel;
     DROP FUNCTION IF EXISTS daybreak.await_sentinel(text, bigint, int)`,
  );
  dropped.push((await endLease(session, migration)) > 0);
  const custody = await readCustodyRow(session);
  return { dropped: dropped.includes(true), hasWrites: custody?.state !== 'given' };
}

async function dropPublication(session: Session, name: string): Promise<boolean> {
  const found = await publicationExists(session, name);
  await session.query(`DROP PUBLICATION IF EXISTS ${escapeIdentifier(name)}`);
  return found;
}
