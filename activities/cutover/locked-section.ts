import { setTimeout as wait } from 'node:timers/promises';
import { fence } from '../../model/custody.ts';
import { replicationNames } from '../../model/names.ts';
import type { Session } from '../clients.ts';
import { together } from '../together.ts';
import { failure } from '../failure.ts';
import { catalogueDrift } from '../replication/catalogue-drift.ts';
import { feedGaps } from '../replication/feed-gaps.ts';
import { endPublishing } from '../replication/publication.ts';
import { awaitSentinel, probeFeeds, sendSentinel } from '../replication/sentinel.ts';
import { ensureTrackerSlot } from '../verification/live/tracker-slot.ts';
import { readSequences, setSequences } from '../verification/sequences.ts';
import { step, type Attempt } from './attempt.ts';
import { commitHandOver, refuseWrites, type Verified } from './commit.ts';
import { doDeed } from './custody-store.ts';
import { feedsOf } from './feeds.ts';
import { closeTaker, endClientSessions, shutDoors } from './fence.ts';
import type { PreparedOpening } from './opening.ts';
import { pauseLimit } from './pause-limit.ts';
import { followKeys, type KeysFollowed } from './keys-followed.ts';
import { pauseClients, readySwitches, resumeClients, throwSwitches } from './throw-switches.ts';
import { readyReopening } from './timed-reopening.ts';
import { readyOpening, type ReadyOpening } from './ready-opening.ts';
import { readyLock, type ReadyLock, type WriteLock } from './write-lock.ts';

/** Writers queue behind a try for the locks: half a second is what a client does not take for an outage. */
const PATIENCE = { lockTimeoutMs: 500, tries: 20 };
const DRAIN_LIMIT_MS = 10_000;

/**
 * The fenced section of strategies whose rows follow by themselves: writers wait on a lock that the server drops if we die, the other side
 * drains, and the lock's own transaction is the commit. Everything that can be done before the lock is done before it, and what cannot
 * is done side by side.
 */
export async function lockedSection(attempt: Attempt): Promise<void> {
  await step(attempt, 'close the taking side', () => closeTaker(attempt));
  await step(attempt, 'refuse prepared transactions', () => refusePreparedTransactions(attempt));
  await step(attempt, 'track the taking side', () => trackTaker(attempt));
  // What clients would otherwise wait for: on two busy cores a login by TLS and SCRAM takes a tenth of a second.
  await step(attempt, 'ready the switches', () => readySwitches(attempt));
  await using ready = await step(attempt, 'log in for the lock', () => readyLock(attempt, PATIENCE));
  await using reopening = await step(attempt, 'log in for the timed reopening', () => readyReopening(attempt));
  await using toOpen = await step(attempt, 'log in for the opening', () => readyOpening(attempt));
  await step(attempt, 'ask ahead', () => askAhead(attempt));
  await using keys = await step(attempt, 'follow changed keys', () => followKeys(attempt));
  await step(attempt, 'arm timed reopening', () => reopening.arm());
  await step(attempt, 'hold vacuum off', () => Promise.all([ready.holdOffVacuum(), toOpen.holdOffVacuum()]));
  await step(attempt, 'probe both feeds', () =>
    probeFeeds(attempt.giver, attempt.taker, feedsOf(attempt), { abort: attempt.abort }),
  );
  await step(attempt, 'compare the schemas', () => refuseDrift(attempt));
  const doors = await step(attempt, 'change ahead', () => changeAhead(attempt, ready, toOpen));
  await step(attempt, 'compare once more', () => afterABreath(() => keys.glance(attempt.abort), attempt.abort));
  await step(attempt, 'pause the poolers', () => pauseClients(attempt));
  await using lock = await step(attempt, 'lock writes', () => ready.take(attempt.abort));
  const opening = await handOverUnderLock(attempt, { keys, lock, toOpen, doors });
  await step(attempt, 'open', () => opening.open());
  // Whoever ends the attempt otherwise lets them go on too, after it has put the switches back.
  await step(attempt, 'let clients go on', () => resumeClients(attempt));
  // Those who waited come first: what is left costs processor that they need, and nobody waits for it.
  await wait(CATCH_UP_MS);
  await step(attempt, 'end clients of the giving side', () => endClientSessions(attempt.giver, attempt.name));
}

/** What we ask of both servers makes clients wait a little, too: they catch up before they are held. */
const BREATH_MS = 200;
/** What piled up meanwhile is done by then, also behind a pooler that logs in anew. */
const CATCH_UP_MS = 500;

async function afterABreath(deed: () => Promise<void>, abort: AbortSignal): Promise<void> {
  await wait(BREATH_MS, undefined, { signal: abort });
  await deed();
}

/** From before its opening on, so that going back is a matter of keys: whoever wants to go back has no time to compare every row. */
async function trackTaker({ taker, direction, handOver }: Attempt): Promise<void> {
  if (direction === 'source-to-target') await ensureTrackerSlot(taker, replicationNames(handOver.migration).tracker);
}

/** What is asked again behind the fence: the first time a session asks it reads the catalogues, and clients would wait for that. */
async function askAhead({ giver, taker, ...attempt }: Attempt): Promise<void> {
  await Promise.all([readSequences(giver), readSequences(taker)]);
  await feedGaps(giver, taker, feedsOf(attempt).ending.name);
}

/** What it takes to open the giving side's doors again. */
type Doors = string;

/**
 * Of the commit and of the opening all that holds up nobody, in the transactions that will be these: nothing is published from the giving
 * side any more, its doors are shut, and the other way round. Nothing of it shows before. Custody is left alone, which others lock meanwhile.
 */
async function changeAhead(attempt: Attempt, { session }: ReadyLock, toOpen: ReadyOpening): Promise<Doors> {
  const { ending } = feedsOf(attempt);
  const close = async (): Promise<Doors> => {
    await endPublishing(session, ending.name, ending.sentinel);
    return await shutDoors(attempt, session);
  };
  const [doors] = await Promise.all([close(), toOpen.ahead()]);
  return doors;
}

interface Ahead {
  readonly keys: KeysFollowed;
  readonly lock: WriteLock;
  readonly toOpen: ReadyOpening;
  readonly doors: Doors;
}

/** Three sessions work at the same time: the taker's and the tracker's, the giver's, the lock's. Answers what opens the taking side. */
async function handOverUnderLock(attempt: Attempt, { keys, lock, toOpen, doors }: Ahead): Promise<PreparedOpening> {
  const inside = { ...attempt, abort: AbortSignal.any([attempt.abort, lock.lost, pauseLimit(attempt)]) };
  const fenced = await step(inside, 'fence', () => fenceUnderLock(inside));
  const [, verified] = await together<[void, Verified, void]>(inside.abort, [
    (abort) => step({ ...inside, abort }, 'switch', () => throwSwitches({ ...inside, abort })),
    (abort) => drainAndVerify({ ...inside, abort }, keys, fenced),
    (abort) => step({ ...inside, abort }, 'refuse writes', () => refuseWrites(lock.session)),
  ]);
  // Nobody reads the taking side from here on, whose tables the opening locks.
  const [opening] = await together<[PreparedOpening, void]>(inside.abort, [
    () => step(inside, 'prepare the opening', () => toOpen.prepare()),
    () => step(inside, 'commit', () => commit(inside, lock, verified, doors)),
  ]);
  return opening;
}

async function drainAndVerify(attempt: Attempt, keys: KeysFollowed, fenced: Fenced): Promise<Verified> {
  const [sequences] = await step(attempt, 'drain', () =>
    Promise.all([readSequences(attempt.giver), drain(attempt, fenced.sentinel)]),
  );
  const [verified] = await step(attempt, 'verify changed keys', () =>
    Promise.all([
      keys.verifyBehindTheFence(attempt, fenced.lsn),
      setSequences(attempt.taker, sequences, attempt.token),
    ]),
  );
  return verified;
}

/**
 * A table nobody writes tells nothing of its new columns by itself. What was added since a cutover does not keep anybody from going back.
 */
async function refuseDrift({ giver, taker, direction }: Attempt): Promise<void> {
  const drift = direction === 'source-to-target' ? await catalogueDrift(giver, taker) : [];
  if (drift.length > 0)
    throw failure(
      'VerificationFailed',
      `the schemas of both sides differ since they were verified: ${drift[0]}; wanted none changed`,
    );
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

interface Fenced {
  readonly sentinel: bigint;
  /** After every write of a client, and on disk: a reader of the log is told of it without waiting for a flush. */
  readonly lsn: string;
}

/** Custody says `fenced` from here on; the sentinel is the last change the giving side publishes. */
async function fenceUnderLock(attempt: Attempt): Promise<Fenced> {
  const { giver, handOver, token } = attempt;
  const { maxWritePause } = handOver.plan.cutover;
  const sentinel = await giver.transaction(async () => {
    await doDeed(giver, (custody, nowMs) =>
      fence(custody, { token, handOver: handOver.handOver, deadlineMs: nowMs + maxWritePause }),
    );
    await giver.query('UPDATE daybreak.custody SET fenced_at = clock_timestamp(), doors = NULL');
    return await sendSentinel(giver, feedsOf(attempt).ending.sentinel);
  });
  const [row] = await giver.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
  return { sentinel, lsn: row?.lsn ?? '' };
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

const commit = (attempt: Attempt, lock: WriteLock, verified: Verified, doors: Doors): Promise<void> =>
  commitHandOver(attempt, lock, verified, async (session) => {
    await Promise.all([
      refuseGaps(attempt.giver, attempt.taker, feedsOf(attempt).ending.name),
      session.query('UPDATE daybreak.custody SET doors = $1, fence_lsn = pg_current_wal_insert_lsn()', [doors]),
    ]);
  });
