import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import which from 'which';
import type { Clients, Session } from '../activities/clients.ts';
import type { Login, Sides } from '../activities/contract.ts';
import { failure } from '../activities/failure.ts';
import { sessionOpener } from '../activities/postgres/session.ts';
import { openAuthority, type Authority } from '../local/cloud/postgres/authority.ts';
import type { Major } from '../local/cloud/postgres/binaries.ts';
import type { PostgresServer } from '../local/cloud/postgres/server.ts';
import type { RolePlan } from '../model/plan.ts';
import { startPreparedServer } from './prepared-server.ts';

/** The master user of both sides, no superuser, and the application's roles, which own and read the tables. */
export const MASTER = 'admin_user';
export const APP_ROLES: readonly RolePlan[] = [
  { name: 'app_rw', password: 'env:APP_RW_PASSWORD' },
  { name: 'app_ro', password: 'env:APP_RO_PASSWORD' },
];
const PASSWORDS: ReadonlyMap<string, string> = new Map([
  ['env:MASTER_PASSWORD', `master's "secret"`],
  ['env:APP_RW_PASSWORD', 'rw-secret'],
  ['env:APP_RO_PASSWORD', 'ro-secret'],
]);

export type SideName = 'source' | 'target';

/** Two real servers as RDS sets them up, TLS only, and clients that log in to them as the product does. */
export interface Pair extends Sides, AsyncDisposable {
  readonly clients: Clients;
  readonly roles: readonly RolePlan[];
  readonly servers: Readonly<Record<SideName, PostgresServer>>;
  /** Login of one of {@link APP_ROLES} on a side. */
  loginOf(side: SideName, role: string): Login;
  /** Runs one text as the master user, or as another role of this fixture, on a session of its own. */
  sql<Row extends object>(side: SideName, text: string, as?: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** The roles `app_rw` and `app_ro` exist on the source only: the target's are made by `prepareTarget`. */
export async function startPair(majors: {
  source: Major;
  target: Major;
  /** The target's master user where it is not the source's: one that leaves {@link MASTER} to the application. */
  targetMaster?: string;
}): Promise<Pair> {
  const masters = { source: MASTER, target: majors.targetMaster ?? MASTER };
  const root = await mkdtemp(join(tmpdir(), 'postgres-pair-'));
  const authority = await openAuthority(join(root, 'ca'));
  const [source, target] = await Promise.all([
    startServer(join(root, 'source'), majors.source, authority, masters.source),
    startServer(join(root, 'target'), majors.target, authority, masters.target),
  ]);
  const servers = { source, target };
  const clients = await clientsFor(root, authority.caFile);
  const loginOf = (side: SideName, role: string): Login => loginTo(servers[side], role);
  const open = (side: SideName, role: string): Promise<Session> =>
    clients.openSession(loginOf(side, role), { name: 'fixture' });
  const stop = async (): Promise<void> => {
    await Promise.all([source.stop('immediate'), target.stop('immediate')]);
    await rm(root, { recursive: true });
  };
  const pair: Pair = {
    migration: 'daybreak/123456789012/eu-west-2/pair/app',
    source: loginOf('source', masters.source),
    target: loginOf('target', masters.target),
    clients,
    roles: APP_ROLES,
    servers,
    loginOf,
    sql: async (side, text, as = masters[side]) => {
      await using session = await open(side, as);
      return await session.query(text);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
  await makeAppRoles(pair);
  return pair;
}

async function startServer(dir: string, major: Major, authority: Authority, user: string): Promise<PostgresServer> {
  const master = { user, password: PASSWORDS.get('env:MASTER_PASSWORD') ?? '', database: 'app' };
  return await startPreparedServer(dir, { major, master, certificate: await authority.issue() });
}

/** As the master user would: it is a member of the owner, or it could not dump what the owner has. */
async function makeAppRoles(pair: Pair): Promise<void> {
  const make = APP_ROLES.map(({ name, password }) => `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORDS.get(password)}'`);
  await pair.sql(
    'source',
    `${make.join(';')}; GRANT app_rw TO ${MASTER}; GRANT CONNECT, TEMPORARY ON DATABASE app TO app_rw;
     GRANT CREATE, USAGE ON SCHEMA public TO app_rw; GRANT USAGE ON SCHEMA public TO app_ro`,
  );
}

function loginTo(server: PostgresServer, role: string): Login {
  const password = APP_ROLES.find(({ name }) => name === role)?.password ?? 'env:MASTER_PASSWORD';
  return { host: '127.0.0.1', port: server.port, database: 'app', user: role, password };
}

async function clientsFor(root: string, caFile: string): Promise<Clients> {
  const scratch = join(root, 'scratch');
  await mkdir(scratch, { mode: 0o700 });
  const readSecret = async (reference: string): Promise<string> => {
    const secret = PASSWORDS.get(reference);
    if (secret === undefined) throw failure('SecretMissing', `no secret ${reference}`);
    return secret;
  };
  return {
    rds: () => {
      throw new Error('this fixture has databases, no control plane');
    },
    openSession: sessionOpener({ readSecret, caFile }),
    readSecret,
    programs: { pgDump: await which('pg_dump'), pgRestore: await which('pg_restore') },
    caFile,
    scratch,
    evidence: {
      put: () => {
        throw new Error('this fixture has databases, no evidence store');
      },
    },
    pollIntervalMs: 100,
    countCutoverWorkers: async () => 2,
  };
}
