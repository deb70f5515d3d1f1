import { readFile } from 'node:fs/promises';
import { Client, type QueryResult } from 'pg';
import type { Clients, OpenSession, Session, SessionOptions } from '../clients.ts';
import type { Login } from '../contract.ts';
import { postgresFailure } from './postgres-failure.ts';

/** `caFile`: PEM of the roots that may sign a server's certificate; read at every login, so that a renewed file is seen. */
export interface SessionOpenerOptions {
  readonly readSecret: Clients['readSecret'];
  readonly caFile: string;
}

const CONNECT_LIMIT_MS = 10_000;
const STATEMENT_LIMIT_MS = 60_000;
/** The server's limit comes first; the client's own only ends a wait for a server that no longer answers. */
const CLIENT_MARGIN_MS = 5_000;
const CLOSE_LIMIT_MS = 2_000;

/** Makes the one way sessions are opened. int8 and numeric come back as strings, for a number would lose digits. */
export function sessionOpener({ readSecret, caFile }: SessionOpenerOptions): OpenSession {
  return async (login, options) => {
    const [password, ca] = await Promise.all([readSecret(login.password), readFile(caFile, 'utf8')]);
    const client = new Client(configOf(login, options, password, ca));
    const place = `${login.host}:${login.port}/${options.database ?? login.database}`;
    const connection = watch(client, place);
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
      return sessionOf(client, connection, rows[0]?.pid ?? 0);
    } catch (error) {
      client.connection.stream.destroy();
      throw connection.translate(error);
    }
  };
}

function configOf(login: Login, options: SessionOptions, password: string, ca: string) {
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

interface Connection {
  readonly closed: Promise<void>;
  /** Translates; the server's last word (57P01 after a termination) explains a loss better than `pg` does. */
  readonly translate: (error: unknown) => unknown;
}

function watch(client: Client, place: string): Connection {
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

function sessionOf(client: Client, { closed, translate }: Connection, pid: number): Session {
  const run = async (sql: string, values?: readonly unknown[]): Promise<QueryResult[]> => {
    try {
      // Several statements in one text come back as several results, which the types do not tell.
      const answer: QueryResult | QueryResult[] = await client.query(
        sql,
        values === undefined ? undefined : [...values],
      );
      return Array.isArray(answer) ? answer : [answer];
    } catch (error) {
      // The answer may still arrive and would be taken for that of the next statement.
      if (error instanceof Error && error.message === 'Query read timeout') client.connection.stream.destroy();
      throw translate(error);
    }
  };
  const query = async <Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]> =>
    (await run(sql, values)).at(-1)?.rows ?? [];
  const close = async (): Promise<void> => {
    const overdue = setTimeout(() => client.connection.stream.destroy(), CLOSE_LIMIT_MS);
    await client.end().finally(() => clearTimeout(overdue));
  };
  const transaction = <Result>(deed: () => Promise<Result>): Promise<Result> =>
    within(run, deed, () => client.connection.stream.destroy());
  return { query, transaction, closed, pid, close, [Symbol.asyncDispose]: close };
}

async function within<Result>(
  run: (sql: string) => Promise<QueryResult[]>,
  deed: () => Promise<Result>,
  abandon: () => void,
): Promise<Result> {
  await run('BEGIN');
  try {
    const result = await deed();
    const [ended] = await run('COMMIT');
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, without an error.
    if (ended?.command !== 'COMMIT')
      throw new Error('a statement of the transaction failed and was passed over: nothing was committed');
    return result;
  } catch (error) {
    // Without a ROLLBACK the session would carry the transaction into the next deed: end it instead.
    await run('ROLLBACK').catch(abandon);
    throw error;
  }
}
