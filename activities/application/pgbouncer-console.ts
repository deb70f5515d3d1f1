import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import type { PgbouncerSwitch } from '../../model/plan-values.ts';
import type { Clients } from '../clients.ts';
import { failure } from '../failure.ts';

/** What a switch of this kind needs of the clients. */
export type ConsoleClients = Pick<Clients, 'readSecret' | 'caFile'>;

/** A row as PgBouncer's console answers it: names as in its manual, numbers as numbers. */
export type ConsoleRow = Readonly<Record<string, string | number | null>>;

/** A session with the admin console of one PgBouncer. What it cannot do it throws as `SwitchFailed`. */
export interface Console extends AsyncDisposable {
  /** Runs one command; `limitMs` is the client's own limit, after which the session is cut off. */
  ask(command: string, limitMs?: number): Promise<readonly ConsoleRow[]>;
  /** Whether the session can still be used. */
  readonly alive: boolean;
}

const LIMIT_MS = 2_000;
/** TLS and SCRAM cost both sides some computing. */
const LOGIN_LIMIT_MS = 3_000;

/** Logs in. The console speaks the simple protocol only and knows no parameters: that is why it is no `Session`. */
export async function openConsole(admin: PgbouncerSwitch['admin'], clients: ConsoleClients): Promise<Console> {
  const { host, port, user, database, tls } = admin;
  const place = `PgBouncer ${host}:${port}`;
  const [password, ca] = await Promise.all([clients.readSecret(admin.password), readFile(clients.caFile, 'utf8')]);
  const client = new Client({
    host,
    port,
    user,
    database,
    password,
    // `host` makes Node compare the certificate with what was dialled, also where that is an address and not a name.
    ssl: tls === 'verify' ? { ca, rejectUnauthorized: true, host } : false,
    application_name: 'daybreak',
    connectionTimeoutMillis: LOGIN_LIMIT_MS,
    keepAlive: true,
  });
  let alive = true;
  client.on('error', () => (alive = false)).on('end', () => (alive = false));
  const cutOff = (): void => {
    alive = false;
    client.connection.stream.destroy();
  };
  try {
    await client.connect();
  } catch (error) {
    cutOff();
    throw failure('SwitchFailed', `${place}: ${user} cannot log in to its console ${database}: ${reasonOf(error)}`);
  }
  return {
    get alive() {
      return alive;
    },
    ask: (command, limitMs = LIMIT_MS) => ask(client, command, { limitMs, place, cutOff }),
    [Symbol.asyncDispose]: async () => cutOff(),
  };
}

async function ask(
  client: Client,
  command: string,
  { limitMs, place, cutOff }: { limitMs: number; place: string; cutOff: () => void },
): Promise<readonly ConsoleRow[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return (await Promise.race([client.query<ConsoleRow>(command), late])).rows;
  } catch (error) {
    // Its answer may still come and would be taken for the next command's.
    cutOff();
    throw failure('SwitchFailed', `${place}: ${command} failed: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** PgBouncer's own words name users, databases and settings, never a password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
