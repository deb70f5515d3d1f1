import { failure } from '../failure.ts';
import type { Session } from '../clients.ts';
import type { Attempt } from './attempt.ts';

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

/**
 * Locks every table in EXCLUSIVE MODE: readers and pg_dump go on, writers wait, whoever they are. The durable fence keeps the
 * application out; this holds against owners and the master user, whom no REVOKE reaches.
 */
export async function lockWrites(attempt: Attempt): Promise<WriteLock> {
  const { clients, giverLogin, name } = attempt;
  const session = await clients.openSession(giverLogin, { name, statementTimeoutMs: 0 });
  try {
    await session.query(`SET idle_in_transaction_session_timeout = '${IDLE_LIMIT}'; SET lock_timeout = '5s'`);
    await session.query('BEGIN');
    const tables = await session.query<{ name: string }>(USER_TABLES);
    if (tables.length > 0) await session.query(`LOCK TABLE ${tables.map((t) => t.name).join(', ')} IN EXCLUSIVE MODE`);
  } catch (error) {
    await session.close();
    throw error;
  }
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

/** Ordinary and partitioned tables outside the system's schemas and ours, quoted. */
export const USER_TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND deptype = 'e')
   ORDER BY c.oid`;
