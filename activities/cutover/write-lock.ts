import { setTimeout as wait } from 'node:timers/promises';
import { escapeLiteral } from 'pg';
import { failure } from '../failure.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import type { Session } from '../clients.ts';
import type { GiverHeld } from './attempt.ts';
import { USER_TABLES } from './user-tables.ts';

/** A session that is logged in and has nothing left to do but to take the locks. */
export interface ReadyLock extends AsyncDisposable {
  /** Locks every table; throws `FenceNotProved` where it could not, and then the session is of no use any more. */
  take(abort: AbortSignal): Promise<WriteLock>;
}

/** The transaction that locks every table against writes, and in the end commits the hand-over. */
export interface WriteLock extends AsyncDisposable {
  readonly session: Session;
  /** Aborted when the server ended the lock: from then on somebody may write. */
  readonly lost: AbortSignal;
  /** Stops the ping, waits for one under way; the transaction is the caller's from then on. */
  release(): Promise<void>;
}

const PING_MS = 500;
/** If we die or freeze, PostgreSQL itself drops the locks this long after the last ping. */
const IDLE_LIMIT = '2s';

/** How long one try for the locks may hold up the writers that queue behind it, and how many tries there are. */
export interface LockPatience {
  readonly lockTimeoutMs: number;
  readonly tries: number;
}

/** Behind a durable fence nobody is left to hold up. */
const BEHIND_A_FENCE: LockPatience = { lockTimeoutMs: 5_000, tries: 1 };
const PAUSE_BETWEEN_TRIES_MS = 500;

/**
 * Locks every table in EXCLUSIVE MODE: readers and pg_dump go on, writers wait, whoever they are. It holds against owners and the
 * master user, whom no REVOKE reaches. A transaction that does not end costs a try. Throws `FenceNotProved` after the last.
 */
export async function lockWrites(attempt: GiverHeld): Promise<WriteLock> {
  const ready = await readyLock(attempt, BEHIND_A_FENCE);
  return await ready.take(attempt.abort);
}

/** Logs in, so that nobody waits for that while clients are held. */
export async function readyLock({ clients, giverLogin, name }: GiverHeld, patience: LockPatience): Promise<ReadyLock> {
  const session = await clients.openSession(giverLogin, { name, statementTimeoutMs: 0 });
  const close = (): Promise<void> => session.close();
  try {
    await session.query(
      `SET idle_in_transaction_session_timeout = '${IDLE_LIMIT}'; SET lock_timeout = ${patience.lockTimeoutMs}`,
    );
    // Its first run of the list fills the caches of the session.
    await session.query(USER_TABLES);
  } catch (error) {
    await close();
    throw error;
  }
  const take = async (abort: AbortSignal): Promise<WriteLock> => {
    try {
      await takeLocks(session, abort, patience);
    } catch (error) {
      await close();
      throw error;
    }
    return heldLock(session);
  };
  return { take, [Symbol.asyncDispose]: close };
}

/** One round trip: writers are held up from the first table on. */
const LOCK_ALL = `BEGIN; DO ${escapeLiteral(`BEGIN
  EXECUTE (SELECT coalesce('LOCK TABLE ' || string_agg(name, ', ') || ' IN EXCLUSIVE MODE', 'SELECT') FROM (${USER_TABLES}) t);
END`)}`;

async function takeLocks(session: Session, abort: AbortSignal, { tries, lockTimeoutMs }: LockPatience): Promise<void> {
  for (let left = tries; ; left -= 1) {
    abort.throwIfAborted();
    try {
      await session.query(LOCK_ALL);
      return;
    } catch (error) {
      if (!LOCK_NOT_HAD.has(sqlStateOf(error) ?? '')) throw error;
      await session.query('ROLLBACK');
      if (left <= 1)
        throw failure(
          'FenceNotProved',
          `the tables could not be locked within ${tries} × ${lockTimeoutMs} ms: a transaction on the giving side does not end; wanted none that lasts longer`,
        );
    }
    await wait(PAUSE_BETWEEN_TRIES_MS, undefined, { signal: abort });
  }
}

/** lock_timeout and deadlock. */
const LOCK_NOT_HAD = new Set(['55P03', '40P01']);

function heldLock(session: Session): WriteLock {
  const lost = new AbortController();
  const lose = (): void => lost.abort(failure('FenceNotProved', 'the server ended the session that locked writes'));
  void session.closed.then(lose);
  let ping = Promise.resolve();
  const timer = setInterval(() => {
    ping = ping.then(() => session.query('SELECT')).then(() => undefined, lose);
  }, PING_MS);
  const release = async (): Promise<void> => {
    clearInterval(timer);
    await ping;
    lost.signal.throwIfAborted();
  };
  return {
    session,
    lost: lost.signal,
    release,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await session.close();
    },
  };
}
