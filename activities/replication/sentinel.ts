import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import { feedGaps } from './feed-gaps.ts';
import type { Feed, SentinelTable } from './feed.ts';

/**
 * Inserts a sentinel, in the transaction that is open or in one of its own, and answers its number. Once that is committed it is safe on
 * disk, whatever `synchronous_commit` is by default: changes that were acknowledged before it have reached the WAL before it. Its arrival
 * on the other side is the drain.
 */
export async function sendSentinel(session: Session, table: SentinelTable): Promise<bigint> {
  const [row] = await session.query<{ n: string }>(
    `INSERT INTO ${table} (at) SELECT clock_timestamp() WHERE set_config('synchronous_commit', 'on', true) = 'on' RETURNING n`,
  );
  if (row === undefined) throw new Error(`no row went into ${table}`);
  return BigInt(row.n);
}

export interface SentinelWait {
  readonly abort: AbortSignal;
  readonly limitMs: number;
}

/** One call of the server's own waits this long at most: an abort is seen between two. */
const CALL_MS = 100;

/**
 * Waits on the receiving side for a sentinel; what came before it on the sending side is there and durable then. The server itself
 * looks every millisecond, so that the network is crossed once. Throws the abort's reason, or `ResourceNotReady` past the limit.
 */
export async function awaitSentinel(
  session: Session,
  table: SentinelTable,
  n: bigint,
  { abort, limitMs }: SentinelWait,
): Promise<void> {
  const giveUp = performance.now() + limitMs;
  for (;;) {
    abort.throwIfAborted();
    const left = giveUp - performance.now();
    const [row] = await session.query<{ arrived: boolean }>('SELECT daybreak.await_sentinel($1, $2, $3) AS arrived', [
      table,
      n.toString(),
      Math.ceil(Math.max(0, Math.min(CALL_MS, left))),
    ]);
    if (row?.arrived === true) return;
    if (left <= 0)
      throw failure(
        'ResourceNotReady',
        `${table}: sentinel ${n} did not arrive within ${limitMs} ms; wanted it applied`,
      );
  }
}

/** Of both directions: the one that carries the giver's changes to the taker, and the way back; null: there will be none. */
export interface FeedPair {
  readonly ending: Feed;
  readonly beginning: Feed | null;
}

const FRESH_MS = 200;
const PROBE_LIMIT_MS = 20_000;
const BETWEEN_PROBES_MS = 100;

/**
 * Returns once all apply workers live and a sentinel each way took less than 200 ms, within the last half second. Until then it
 * probes again: a worker that was ended is back after some 5 s. Throws `ResourceNotReady` with what was wrong last after `limitMs`
 * (default 20 s), `VerificationFailed` where a table is left out of a feed, or the abort's reason. `ending` leads from the first
 * session's side to the second's.
 */
export async function probeFeeds(
  giver: Session,
  taker: Session,
  { ending, beginning }: FeedPair,
  { abort = new AbortController().signal, limitMs = PROBE_LIMIT_MS }: Partial<SentinelWait> = {},
): Promise<void> {
  const giveUp = performance.now() + limitMs;
  await demandAllTables(giver, taker, ending);
  if (beginning !== null) await demandAllTables(taker, giver, beginning);
  for (;;) {
    const back = beginning === null ? null : await troubleOf(taker, giver, beginning, abort);
    const trouble = [await troubleOf(giver, taker, ending, abort), back].filter((line) => line !== null).join('; ');
    if (trouble === '') return;
    if (performance.now() > giveUp) throw failure('ResourceNotReady', trouble);
    await wait(BETWEEN_PROBES_MS, undefined, { signal: abort });
  }
}

/** No time heals this: the table came after the feed was made, on one side or on both. */
async function demandAllTables(from: Session, to: Session, { name }: Feed): Promise<void> {
  const gaps = await feedGaps(from, to, name);
  if (gaps.length > 0)
    throw failure(
      'VerificationFailed',
      `subscription ${name} leaves out ${gaps.length} tables, first ${gaps.slice(0, 5).join(', ')}; wanted all: they were made after it`,
    );
}

/** What keeps a feed from being trusted right now, in words; null if nothing. */
async function troubleOf(from: Session, to: Session, feed: Feed, abort: AbortSignal): Promise<string | null> {
  const [worker] = await to.query<{ pid: number | null }>(
    'SELECT pid FROM pg_stat_subscription WHERE subname = $1 AND relid IS NULL AND pid IS NOT NULL',
    [feed.name],
  );
  if (worker === undefined) return `subscription ${feed.name} has no apply worker; wanted one alive`;
  const sent = await sendSentinel(from, feed.sentinel);
  await forgetOldSentinels(from, feed.sentinel, sent);
  try {
    await awaitSentinel(to, feed.sentinel, sent, { abort, limitMs: FRESH_MS });
    return null;
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'ResourceNotReady') return error.message;
    throw error;
  }
}

const KEPT = 1000;

/** A week of probing would otherwise leave a table of a million rows. */
const forgetOldSentinels = (session: Session, table: SentinelTable, newest: bigint): Promise<unknown> =>
  session.query(`DELETE FROM ${table} WHERE n < $1`, [(newest - BigInt(KEPT)).toString()]);
