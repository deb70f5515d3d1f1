import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import type { Clients, SessionOptions } from '../clients.ts';
import type { Login } from '../contract.ts';
import { postgresFailure } from './postgres-failure.ts';

/** `caFile`: PEM of the roots that may sign a server's certificate; read at every login, so that a renewed file is seen. */
export interface LoginMeans {
  readonly readSecret: Clients['readSecret'];
  readonly caFile: string;
}

export interface ConnectionOptions extends SessionOptions {
  /** Speak to a walsender of the database: simple queries and the replication commands only. */
  readonly replication?: boolean;
}

/** A connection that is logged in. `client.connection` is the wire itself, for COPY and replication; its errors come untranslated. */
export interface Connection {
  readonly client: Client;
  readonly pid: number;
  /** Resolves when the connection is gone for whatever reason. */
  readonly closed: Promise<void>;
  /** Makes failures of ours; the server's last word (57P01 after a termination) explains a loss better than `pg` does. */
  readonly translate: (error: unknown) => unknown;
  /** Says goodbye, and hangs up where nobody answers within two seconds. */
  readonly close: () => Promise<void>;
  /** Hangs up at once, whatever is under way. */
  readonly cut: () => void;
}

const CONNECT_LIMIT_MS = 10_000;
const STATEMENT_LIMIT_MS = 60_000;
/** The server's limit comes first; the client's own only ends a wait for a server that no longer answers. */
const CLIENT_MARGIN_MS = 5_000;
const CLOSE_LIMIT_MS = 2_000;

/** Logs in over verified TLS, as every connection of ours does. Throws `DatabaseUnreachable` or `DatabaseRefused`. */
export async function openConnection(
  { readSecret, caFile }: LoginMeans,
  login: Login,
  options: ConnectionOptions,
): Promise<Connection> {
  const [password, ca] = await Promise.all([readSecret(login.password), readFile(caFile, 'utf8')]);
  const client = new Client(configOf(login, options, password, ca));
  const watched = watch(client, `${login.host}:${login.port}/${options.database ?? login.database}`);
  const cut = (): void => void client.connection.stream.destroy();
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
    return { client, pid: rows[0]?.pid ?? 0, ...watched, close: () => closeWithin(client, cut), cut };
  } catch (error) {
    cut();
    throw watched.translate(error);
  }
}

async function closeWithin(client: Client, cut: () => void): Promise<void> {
  const overdue = setTimeout(cut, CLOSE_LIMIT_MS);
  await client.end().finally(() => clearTimeout(overdue));
}

function configOf(login: Login, options: ConnectionOptions, password: string, ca: string) {
  const limit = options.statementTimeoutMs ?? STATEMENT_LIMIT_MS;
  return {
    host: login.host,
    port: login.port,
    database: options.database ?? login.database,
    user: login.user,
    password,
    // `host` makes Node compare the certificate with what we dialled, also where that is an address and not a name.
    ssl: { ca, rejectUnauthorized: true, host: login.host },
    application_name: options.name,
    ...(options.replication === true ? { replication: 'database' } : {}),
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    ...(limit === 0 ? {} : { query_timeout: limit + CLIENT_MARGIN_MS }),
    // Sent at login they win over what ALTER ROLE and ALTER DATABASE set, a read-only fence and short limits included.
    options: [
      '-c default_transaction_read_only=off',
      `-c statement_timeout=${limit}`,
      '-c lock_timeout=0',
      '-c idle_in_transaction_session_timeout=0',
    ].join(' '),
  };
}

function watch(client: Client, place: string): Pick<Connection, 'closed' | 'translate'> {
  let lastWord: Error | null = null;
  client.on('error', (error) => {
    lastWord ??= error;
  });
  const closed = new Promise<void>((resolve) => {
    client.on('end', resolve);
  });
  return {
    closed,
    translate: (error) => {
      const bare = error instanceof Error && Reflect.get(error, 'code') === undefined;
      return postgresFailure(bare && lastWord !== null ? lastWord : error, place);
    },
  };
}
