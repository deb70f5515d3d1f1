import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import { failure } from '../failure.ts';
import { openConsole, type Console, type ConsoleClients } from './pgbouncer-console.ts';
import { withConsole } from './pgbouncer-consoles.ts';
import type { DatabaseLine } from './pgbouncer-ini.ts';

type PoolPlan = Pick<PgbouncerSwitch, 'admin' | 'database'>;

/** A pool as the running PgBouncer knows it, which is not always what its file says. */
export interface Pool {
  readonly address: DatabaseLine['address'];
  readonly paused: boolean;
  /** Its connections to servers, those that are still logging in included. */
  readonly connections: number;
  /** Null where it has none of its own. */
  readonly mode: string | null;
}

/** A transaction that runs longer than this is not waited for: meanwhile every other client of the pool waits too. */
export const PAUSE_LIMIT_MS = 2_500;
/** PgBouncer's default of 15 s after one failed login is what its clients would wait where a server opens a moment late. */
const LOGIN_RETRY_S = 1;

export async function readPool(console: Console, name: string): Promise<Pool> {
  const row = (await console.ask('SHOW DATABASES')).find((each) => each['name'] === name);
  if (row === undefined)
    throw failure('SwitchFailed', `PgBouncer knows no database ${name}; wanted the one the plan names`);
  return {
    address: { host: text(row['host']), port: Number(row['port']), database: text(row['database']) ?? name },
    paused: Number(row['paused']) === 1,
    connections: Number(row['current_connections']),
    mode: text(row['pool_mode']),
  };
}

const text = (value: string | number | null | undefined): string | null => (value == null ? null : String(value));

/**
 * The clients of the pool wait from here on. PAUSE answers once the last transaction has ended and every connection to the server is
 * closed; one that does not within the limit is abandoned, and the clients go on.
 */
export async function pausePool({ admin, database }: PoolPlan, clients: ConsoleClients): Promise<void> {
  try {
    await withConsole(admin, clients, async (console) => {
      await lowerLoginRetry(console);
      await console.ask(`PAUSE ${quoted(database)}`, PAUSE_LIMIT_MS);
      const { paused, connections } = await readPool(console, database);
      if (!paused || connections > 0)
        throw failure(
          'SwitchFailed',
          `${database}: found ${paused ? 'paused' : 'not paused'} with ${connections} connections to the server after PAUSE; wanted paused with none`,
        );
    });
  } catch (error) {
    // An unanswered PAUSE holds new transactions all the same, and its own session never hears that it was taken back.
    await using console = await openConsole(admin, clients);
    await resume(console, database);
    throw error;
  }
}

/** Holds until the next RELOAD: deeds that reload do it again. */
export const lowerLoginRetry = async (console: Console): Promise<void> =>
  void (await console.ask(`SET server_login_retry = '${LOGIN_RETRY_S}'`));

/** The clients go on, towards wherever the pool leads now; says whether they had been held. */
export const resumePool = ({ admin, database }: PoolPlan, clients: ConsoleClients): Promise<boolean> =>
  withConsole(admin, clients, (console) => resume(console, database));

async function resume(console: Console, name: string): Promise<boolean> {
  const before = await readPool(console, name);
  if (!before.paused) return false;
  await console.ask(`RESUME ${quoted(name)}`);
  const after = await readPool(console, name);
  if (after.paused)
    throw failure('SwitchFailed', `${name}: found it still paused after RESUME; wanted its clients to go on`);
  return true;
}

export const isPaused = ({ admin, database }: PoolPlan, clients: ConsoleClients): Promise<boolean> =>
  withConsole(admin, clients, async (console) => (await readPool(console, database)).paused);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
