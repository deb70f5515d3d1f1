import { fence } from '../../model/custody.ts';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { feedGaps } from '../replication/feed-gaps.ts';
import { endPublishing } from '../replication/publication.ts';
import { awaitSentinel, probeFeeds, sendSentinel } from '../replication/sentinel.ts';
import { syncSequences } from '../verification/sequences.ts';
import { step, type Attempt } from './attempt.ts';
import { commitHandOver, type Verified } from './commit.ts';
import { doDeed } from './custody-store.ts';
import { feedsOf } from './feeds.ts';
import { closeTaker, endClientSessions, shutDoors } from './fence.ts';
import { openTaker } from './opening.ts';
import { pauseLimit } from './pause-limit.ts';
import { followKeys, type KeysFollowed } from './keys-followed.ts';
import { pauseClients, resumeClients, throwSwitches } from './throw-switches.ts';
import { armTimedReopening } from './timed-reopening.ts';
import { lockWrites, type WriteLock } from './write-lock.ts';

/** Writers queue behind a try for the locks: half a second is what a client does not take for an outage. */
const PATIENCE = { lockTimeoutMs: 500, tries: 20 };
const DRAIN_LIMIT_MS = 10_000;

/**
 * The fenced section of strategies whose rows follow by themselves: writers wait on a lock that the server drops if we die, the other side
 * drains, and the lock's own transaction is the commit. Everything that can be done before the lock is done before it.
 */
export async function lockedSection(attempt: Attempt): Promise<void> {
  await step(attempt, 'close the taking side', () => closeTaker(attempt));
  await using keys = await step(attempt, 'follow changed keys', () => followKeys(attempt));
  await step(attempt, 'probe both feeds', () =>
    probeFeeds(attempt.giver, attempt.taker, feedsOf(attempt), { abort: attempt.abort }),
  );
  await step(attempt, 'refuse prepared transactions', () => refusePreparedTransactions(attempt));
  await step(attempt, 'arm timed reopening', () => armTimedReopening(attempt));
  await step(attempt, 'pause the poolers', () => pauseClients(attempt));
  await handOverUnderLock(attempt, keys);
}

async function handOverUnderLock(attempt: Attempt, keys: KeysFollowed): Promise<void> {
  await using lock = await step(attempt, 'lock writes', () => lockWrites(attempt, PATIENCE));
  const inside = { ...attempt, abort: AbortSignal.any([attempt.abort, lock.lost, pauseLimit(attempt)]) };
  const sentinel = await step(inside, 'fence', () => fenceUnderLock(inside));
  await step(inside, 'drain', () => drain(inside, sentinel));
  const [verified] = await step(inside, 'verify changed keys', () =>
    Promise.all([keys.verifyBehindTheFence(inside), syncSequences(inside.giver, inside.taker, inside.token)]),
  );
  await step(inside, 'switch', () => throwSwitches(inside));
  await step(inside, 'commit', () => commit(inside, lock, verified));
  await step(attempt, 'open', () => openTaker(attempt));
  // Whoever ends the attempt otherwise lets them go on too, after it has put the switches back.
  await step(attempt, 'let clients go on', () => resumeClients(attempt));
  await step(attempt, 'end clients of the giving side', () => endClientSessions(attempt.giver, attempt.name));
}

/** A prepared transaction holds its locks for ever and belongs to no session that could be waited for. */
async function refusePreparedTransactions({ giver }: Attempt): Promise<void> {
  const prepared = await giver.query('SELECT FROM pg_prepared_xacts WHERE database = current_database()');
  if (prepared.length > 0)
    throw failure(
      'FenceNotProved',
      `found ${prepared.length} prepared transactions on the giving side; wanted none: commit or roll them back`,
    );
}

/** Custody says `fenced` from here on; the sentinel is the last change the giving side publishes. */
async function fenceUnderLock(attempt: Attempt): Promise<bigint> {
  const { giver, handOver, token } = attempt;
  const { maxWritePause } = handOver.plan.cutover;
  await giver.transaction(async () => {
    await doDeed(giver, (custody, nowMs) =>
      fence(custody, { token, handOver: handOver.handOver, deadlineMs: nowMs + maxWritePause }),
    );
    await giver.query('UPDATE daybreak.custody SET fenced_at = clock_timestamp(), doors = NULL');
  });
  return await sendSentinel(giver, feedsOf(attempt).ending.sentinel);
}

/** The sentinel's arrival is the drain: it was committed after every write, and the apply worker keeps the order. */
async function drain(attempt: Attempt, sentinel: bigint): Promise<void> {
  const { sentinel: table } = feedsOf(attempt).ending;
  await awaitSentinel(attempt.taker, table, sentinel, { abort: attempt.abort, limitMs: DRAIN_LIMIT_MS });
}

/** A table made since the copy is locked by nobody and followed by nobody: as late as possible it is looked for once more. */
async function refuseGaps(giver: Session, taker: Session, feed: string): Promise<void> {
  const gaps = await feedGaps(giver, taker, feed);
  if (gaps.length > 0)
    throw failure(
      'VerificationFailed',
      `tables that the other side does not follow: ${gaps.join(', ')}; wanted none: they were made after the copy`,
    );
}

/** One transaction: nobody writes here any more, nothing is published from here any more, custody is given. */
const commit = (attempt: Attempt, lock: WriteLock, verified: Verified): Promise<void> =>
  commitHandOver(attempt, lock, verified, async (session) => {
    const { ending } = feedsOf(attempt);
    await refuseGaps(session, attempt.taker, ending.name);
    await endPublishing(session, ending.name, ending.sentinel);
    await shutDoors(attempt, session);
    await session.query('UPDATE daybreak.custody SET fence_lsn = pg_current_wal_insert_lsn()');
  });
