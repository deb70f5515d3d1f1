import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { replicationNames, shortId } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { FeedNews, LiveActivities } from '../contract.ts';
import { failure } from '../failure.ts';
import { copyIsUnderWay } from '../copy/live/copy-state.ts';
import { tablesThatTakeWrites } from '../cutover/tables-that-take-writes.ts';
import { carryAlong, type CarriedAlong } from '../verification/live/carry-along.ts';
import { catalogueDrift } from './catalogue-drift.ts';
import { keptLog, logTrouble, type LogTrouble } from './kept-log.ts';
import { slotHealth } from './slot-health.ts';
import { subscriptionExists } from './subscription.ts';
import { workerHealth } from './worker-health.ts';

type WatchInput = Parameters<LiveActivities['watchFeeds']>[0];

/** Sessions of the watch are no attempt's: a copy or a cutover that ends those of its predecessors leaves them alone. */
export const watchName = (migration: string): string => `daybreak/${shortId(migration)}/watch`;

/** Every look opens connections to both sides, whatever the worker's own interval is. */
const LEAST_INTERVAL_MS = 10_000;
const CALMER = 2;
/** As many lines as a person reads. */
const TOLD = 10;

/**
 * One look at what following the source costs it, and at whether the target still is what was verified. Ends only with news; otherwise
 * throws a benign `ResourceNotReady`, so that a week of watching is one activity. `sinceMs`: how long it has been asked already; before
 * `quietMs` of it trouble that comes or goes is no news yet, while what stops the run or voids its report is told at once.
 */
export async function watchFeeds(
  clients: Clients,
  input: WatchInput,
  { abort, sinceMs }: { readonly abort: AbortSignal; readonly sinceMs: number },
): Promise<FeedNews> {
  const log = await lookAtLog(clients, input, abort);
  // A source in danger must not wait for anything else.
  const feed = log.stops === null ? await lookAtFeed(clients, input, abort) : NOTHING;
  const seen: FeedNews = {
    stops: log.stops,
    voids: joined(feed.voids),
    trouble: joined([...(log.trouble === null ? [] : [log.trouble]), ...feed.trouble, ...feed.voids]),
  };
  const { known, quietMs } = input;
  if (seen.stops !== known.stops || seen.voids !== known.voids) return seen;
  if (seen.trouble !== known.trouble && sinceMs >= quietMs) return seen;
  throw failure('ResourceNotReady', seen.trouble ?? 'all is well', {
    benign: true,
    nextRetryDelayMs: Math.max(LEAST_INTERVAL_MS, clients.pollIntervalMs * CALMER),
  });
}

const joined = (lines: readonly string[]): string | null =>
  lines.length === 0 ? null : [...lines.slice(0, TOLD), ...(lines.length > TOLD ? ['and more'] : [])].join('; ');

interface FeedTrouble {
  readonly trouble: readonly string[];
  /** What makes a verdict that both sides are equal worth nothing. */
  readonly voids: readonly string[];
}

async function lookAtLog(
  clients: Clients,
  { migration, source, plan }: WatchInput,
  abort: AbortSignal,
): Promise<LogTrouble> {
  try {
    await using session = await clients.openSession(source, { name: watchName(migration) });
    return logTrouble(await keptLog(clients, session, { migration, plan }), plan.replication);
  } catch (error) {
    return { stops: null, trouble: unseen('what the source keeps', error, abort) };
  }
}

async function lookAtFeed(clients: Clients, input: WatchInput, abort: AbortSignal): Promise<FeedTrouble> {
  const name = watchName(input.migration);
  try {
    await using source = await clients.openSession(input.source, { name });
    await using target = await clients.openSession(input.target, { name });
    const { forward } = replicationNames(input.migration);
    const slot = await slotTrouble(source, forward);
    if (slot !== null || !(await subscriptionExists(target, forward))) return slot ?? NOTHING;
    // The copy itself lets it bring tables, and stops it at will.
    if (await copyIsUnderWay(target)) return NOTHING;
    const trouble = await workerTrouble(target, forward, abort);
    const drift = await catalogueDrift(source, target);
    const unguarded = (await tablesThatTakeWrites(target)).map(unguardedLine);
    // What is not applied cannot be compared, and would only be waited for.
    const carried = trouble.length > 0 || drift.length > 0 ? [] : await verdictTrouble(clients, input, abort);
    return { trouble, voids: [...drift, ...unguarded, ...carried] };
  } catch (error) {
    return { trouble: [unseen('the feed', error, abort)], voids: [] };
  }
}

/** The comparison of the next round closes it first. */
const unguardedLine = (table: string): string =>
  `${table} of the target takes writes, for it was made since: its rows have to be compared again`;

const NOTHING: FeedTrouble = { trouble: [], voids: [] };

/** What could not be looked at is trouble, and no failure: the next look may tell. */
function unseen(what: string, error: unknown, abort: AbortSignal): string {
  abort.throwIfAborted();
  if (error instanceof ApplicationFailure) return `${what} could not be looked at: ${error.message}`;
  throw error;
}

/** Null while there is none, or nothing is wrong with it. */
async function slotTrouble(source: Session, forward: string): Promise<FeedTrouble | null> {
  const slot = await slotHealth(source, forward);
  if (slot?.walStatus === 'lost')
    return {
      trouble: [],
      voids: ['the source has let go of changes the target never saw: the copy has to be made anew'],
    };
  if (slot?.walStatus === 'unreserved')
    return { trouble: ['the source is about to let go of changes the target has not seen yet'], voids: [] };
  return null;
}

/** A worker that was ended is back within five seconds. */
const RESTART_MS = 6_000;

async function workerTrouble(target: Session, forward: string, abort: AbortSignal): Promise<string[]> {
  let worker = await workerHealth(target, forward);
  if (!worker.alive) {
    await wait(RESTART_MS, undefined, { signal: abort });
    worker = await workerHealth(target, forward);
  }
  return worker.alive ? [] : ['the target does not follow: its apply worker does not run, see its log'];
}

async function verdictTrouble(clients: Clients, input: WatchInput, abort: AbortSignal): Promise<string[]> {
  const { migration, source: giver, target: taker } = input;
  const feed = replicationNames(migration).forward;
  try {
    const carried = await carryAlong(clients, { migration, giver, taker, feed, name: watchName(migration) }, abort);
    return carried === null ? [] : verdictLines(carried);
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'VerificationFailed') return [error.message];
    throw error;
  }
}

const verdictLines = ({ differing, whole }: CarriedAlong): string[] => [
  ...(differing.length === 0 ? [] : [`tables that were equal differ now: ${differing.slice(0, TOLD).join(', ')}`]),
  ...(whole.length === 0
    ? []
    : [`too much changed to follow in ${whole.slice(0, TOLD).join(', ')}: all their rows have to be compared again`]),
];
