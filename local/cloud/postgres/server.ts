import type { ChildProcess } from 'node:child_process';
import type { Client, QueryResult } from 'pg';
import { connectAsAdmin } from './admin-connection.ts';
import { freePort } from './free-port.ts';
import { initialise } from './initialise.ts';
import { launchPostmaster, untilReady } from './postmaster.ts';
import { keepReplicationRights } from './replication-rights.ts';

export type ServerOptions = {
  /** Folder with `initdb` and `postgres`, see findServer. */
  readonly bin: string;
  /** Data directory; its log is written beside it as `<dir>.log`. */
  readonly dir: string;
  /** Default: a free one, chosen at the first start and kept. */
  readonly port?: number;
  /** Password of `rdsadmin`. Without it the server trusts every connection from this machine. */
  readonly adminPassword?: string;
  /** Called when the server ends without `stop` or `crash` having been asked for. */
  readonly onDeath?: (how: string) => void;
};

/** One real PostgreSQL server process. */
export type PostgresServer = {
  readonly bin: string;
  readonly dir: string;
  /** @throws Error before the first start, unless the port was given. */
  readonly port: number;
  /** The postmaster's process id while it runs. */
  readonly pid: number | undefined;
  /** Where it can be reached now; undefined while it is down, or on its way up for the first time. */
  readonly openPort: number | undefined;
  /** Makes a new, empty data directory (UTF8, C.UTF-8, superuser `rdsadmin`). */
  init(): Promise<void>;
  /** Starts and resolves once connections (or, on a standby, recovery) are accepted. `settings` win over the files. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** `fast` ends sessions and shuts down cleanly; `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL of the postmaster; committed transactions survive the next start. */
  crash(): Promise<void>;
  /** Resolves when the process has ended, at once if none runs. */
  ended(): Promise<void>;
  /** Runs one statement as `rdsadmin`, in the database `postgres` unless told. */
  sql(text: string, values?: readonly unknown[], database?: string): Promise<QueryResult>;
  /** An open connection as `rdsadmin`; the caller ends it. */
  connect(database?: string): Promise<Client>;
};

/** Describes a server; nothing is touched before `init` or `start`. */
export function postgresServer(options: ServerOptions): PostgresServer {
  const { bin, dir, adminPassword } = options;
  const running = postmasterOf(options);
  let { port } = options;
  const knownPort = (): number => {
    if (port === undefined) throw new Error(`the server in ${dir} has no port before its first start`);
    return port;
  };
  const connect = (database = 'postgres') => connectAsAdmin({ port: knownPort(), password: adminPassword }, database);
  const server: PostgresServer = {
    bin,
    dir,
    get port() {
      return knownPort();
    },
    get pid() {
      return running.pid();
    },
    get openPort() {
      return running.pid() === undefined ? undefined : port;
    },
    init: () => initialise(options),
    start: async (settings = {}) => {
      const launch = async (on: number): Promise<number> => {
        await running.start({ port: String(on), ...settings });
        return on;
      };
      port = await (options.port === undefined ? startSomewhere(launch, port) : launch(options.port));
      if (adminPassword !== undefined) await keepReplicationRights(server);
    },
    stop: (mode = 'fast') => running.end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    crash: () => running.end('SIGKILL'),
    ended: () => running.ended(),
    connect,
    sql: (text, values = [], database = 'postgres') => askOnce(connect(database), text, values),
  };
  return server;
}

async function askOnce(connecting: Promise<Client>, text: string, values: readonly unknown[]): Promise<QueryResult> {
  const client = await connecting;
  try {
    return await client.query(text, [...values]);
  } finally {
    await client.end();
  }
}

/** Between finding a free port and taking it, another process may be quicker: then another port. */
async function startSomewhere(launch: (port: number) => Promise<number>, last: number | undefined): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = tries === 1 && last !== undefined ? last : await freePort();
    try {
      return await launch(port);
    } catch (error) {
      if (tries === 3 || !String(error).includes('could not create any TCP/IP sockets')) throw error;
    }
  }
}

/** The process behind a server: at most one, and an end we did not ask for is reported. */
function postmasterOf(options: ServerOptions) {
  let child: ChildProcess | undefined;
  let expected = false;
  return {
    pid: () => child?.pid,
    start: async (settings: Readonly<Record<string, string>>): Promise<void> => {
      if (child) throw new Error(`the server in ${options.dir} runs already`);
      const process = launchPostmaster(options, settings);
      child = process;
      expected = true; // until it is ready, a death is the failure of `start`
      process.once('exit', (code, signal) => {
        if (child === process) child = undefined;
        if (!expected) options.onDeath?.(`ended with ${code ?? signal}`);
      });
      await untilReady(process, options.dir);
      expected = false;
    },
    ended: async (): Promise<void> => {
      const process = child;
      if (process) await new Promise((done) => process.once('exit', done));
    },
    end: async (signal: NodeJS.Signals): Promise<void> => {
      const process = child;
      if (!process) return;
      expected = true;
      const gone = new Promise((done) => process.once('exit', done));
      process.kill(signal);
      await gone;
    },
  };
}
