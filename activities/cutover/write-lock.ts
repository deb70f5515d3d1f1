import { setTimeout as wait } from 'node:timers/promises';
import { escapeLiteral } from 'pg';
import { failure } from '../failure.ts';
import type { Session } from '../clients.ts';
import type { GiverHeld } from './attempt.ts';
import { lockTables, USER_TABLES } from './user-tables.ts';
import { holdOffVacuum } from './vacuum-hold.ts';

/** A session that is logged in and has nothing left to do but to take the locks. */
export interface ReadyLock extends AsyncDisposable {
  /** Of the transaction that will lock; it is open once vacuum is held off. */
  readonly session: Session;
  /** Begins the transaction with locks that let clients write, see {@link holdOffVacuum}. */
  holdOffVacuum(): Promise<void>;
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
  try {
    await session.query(
      `SET idle_in_transaction_session_timeout = '${IDLE_LIMIT}'; SET lock_timeout = ${patience.lockTimeoutMs}`,
    );
    // Its first run of the list fills the caches of the session.
    await session.query(USER_TABLES);
  } catch (error) {
    await session.close();
    throw error;
  }
  let held: WriteLock | null = null;
  const begun = async (): Promise<WriteLock> => {
    if (held === null) await session.query('BEGIN');
    return (held ??= heldLock(session));
  };
  return {
    session,
    holdOffVacuum: async () => {
      await begun();
      await holdOffVacuum(session);
      await session.query(`SET LOCAL lock_timeout = ${patience.lockTimeoutMs}`);
    },
    take: async (abort) => {
      const lock = await begun();
      try {
        await takeLocks(lock, abort, patience);
      } catch (error) {
        await lock[Symbol.asyncDispose]();
        throw error;
      }
      return lock;
    },
    [Symbol.asyncDispose]: async () => await (held ?? session)[Symbol.asyncDispose](),
  };
}

/**
 * One round trip: writers are held up from the first table on. A try that fails leaves the transaction as it was before, by the server's
 * own hand: a ping may follow at once.
 */
const TRY_LOCKS = `DO ${escapeLiteral(`BEGIN
  ${lockTables('EXCLUSIVE')}
  PERFORM set_config('daybreak.locked', 'yes', true);
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
  PERFORM set_config('daybreak.locked', 'no', true);
END`)}; SELECT current_setting('daybreak.locked') AS locked`;

async function takeLocks(
  { session }: WriteLock,
  abort: AbortSignal,
  { tries, lockTimeoutMs }: LockPatience,
): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    abort.throwIfAborted();
    const [row] = await session.query<{ locked: string }>(TRY_LOCKS);
    if (row?.locked === 'yes') return;
    if (left > 1) await wait(PAUSE_BETWEEN_TRIES_MS, undefined, { signal: abort });
  }
  throw failure(
    'FenceNotProved',
    `the tables could not be locked within ${tries} × ${lockTimeoutMs} ms: a transaction on the giving side does not end; wanted none that lasts longer`,
  );
}

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
