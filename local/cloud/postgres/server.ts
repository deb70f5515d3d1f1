import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import which from 'which';
import { ADMIN } from './admin-role.ts';
import { freePort } from './free-port.ts';
import { initialise } from './initialise.ts';
import { isReady } from './postmaster-pid.ts';
import { serverUser } from './server-user.ts';

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
  readonly dir: string;
  /** @throws Error before the first start, unless the port was given. */
  readonly port: number;
  /** The postmaster's process id while it runs. */
  readonly pid: number | undefined;
  /** Makes a new, empty data directory (UTF8, C.UTF-8, superuser `rdsadmin`). */
  init(): Promise<void>;
  /** Starts and resolves once connections (or, on a standby, recovery) are accepted. `settings` win over the files. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** `fast` ends sessions and shuts down cleanly; `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL of the postmaster; committed transactions survive the next start. */
  crash(): Promise<void>;
  /** Runs one statement as `rdsadmin`. */
  sql(text: string, values?: readonly unknown[], database?: string): Promise<pg.QueryResult>;
  /** An open connection as `rdsadmin`; the caller ends it. */
  connect(database?: string): Promise<pg.Client>;
};

/** Describes a server; nothing is touched before `init` or `start`. */
export function postgresServer(options: ServerOptions): PostgresServer {
  let port = options.port;
  let child: ChildProcess | undefined;
  let expected = false;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child) return;
    expected = true;
    const gone = new Promise((done) => child?.once('exit', done));
    child.kill(signal);
    await gone;
  };
  const started = (process: ChildProcess): void => {
    child = process;
    expected = false;
    process.once('exit', (code, signal) => {
      if (child === process) child = undefined;
      if (!expected) options.onDeath?.(`ended with ${code ?? signal}`);
    });
  };

  const server: PostgresServer = {
    dir: options.dir,
    get port() {
      if (port === undefined) throw new Error(`the server in ${options.dir} has no port before its first start`);
      return port;
    },
    get pid() {
      return child?.pid;
    },
    init: () => initialise(options),
    start: async (settings = {}) => {
      if (child) throw new Error(`the server in ${options.dir} runs already`);
      port ??= await freePort();
      const postmaster = launch(options, { port: String(port), ...settings });
      started(postmaster);
      await untilReady(postmaster, options.dir);
    },
    stop: (mode = 'fast') => end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    crash: () => end('SIGKILL'),
    sql: async (text, values = [], database = 'postgres') => {
      const client = await server.connect(database);
      try {
        return await client.query(text, [...values]);
      } finally {
        await client.end();
      }
    },
    connect: async (database = 'postgres') => {
      const ssl = options.adminPassword === undefined ? {} : { ssl: { rejectUnauthorized: false } };
      const client = new pg.Client({
        host: '127.0.0.1',
        port: server.port,
        user: ADMIN,
        database,
        password: options.adminPassword,
        ...ssl,
      });
      client.on('error', () => {}); // a killed server must not take this process with it; the next query reports it
      await client.connect();
      return client;
    },
  };
  return server;
}

/** Durability against a crash of the machine is not the business of a local cloud; a kill of the process loses nothing. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
};

function launch({ bin, dir }: ServerOptions, settings: Readonly<Record<string, string>>): ChildProcess {
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [join(bin, 'postgres'), '-D', dir, ...flags];
  // Where util-linux is there, the kernel itself ends the server when we are killed.
  const setpriv = which.sync('setpriv', { nothrow: true });
  const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig=INT', ...command] : command;
  const { uid, gid } = serverUser() ?? {};
  const log = openSync(`${dir}.log`, 'a', 0o640);
  try {
    return spawn(file, args, {
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      cwd: '/',
      env: { PATH: process.env['PATH'], HOME: '/', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(postmaster: ChildProcess, dir: string): Promise<void> {
  let ended: string | undefined;
  postmaster.once('exit', (code, signal) => (ended = String(code ?? signal)));
  postmaster.once('error', (error) => (ended = error.message));
  while (!(await isReady(dir, postmaster.pid))) {
    if (ended !== undefined) throw new Error(`PostgreSQL did not start in ${dir}: ended with ${ended}; see ${dir}.log`);
    await new Promise((later) => setTimeout(later, 10));
  }
}
