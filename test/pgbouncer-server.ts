import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { Clients } from '../activities/clients.ts';
import { openSwitch, type Switch, type SwitchContext } from '../activities/application/switch.ts';
import { startPooler } from '../local/app/pooler.ts';
import type { PoolerOptions } from '../local/app/pooler-files.ts';
import { openAuthority } from '../local/cloud/postgres/authority.ts';
import { letThrough } from '../local/cloud/postgres/server-files.ts';
import type { PgbouncerSwitch } from '../model/plan-values.ts';
import type { Pair, SideName } from './postgres-pair.ts';
import { findTool } from './tools.ts';

/** Whether this machine could not be given a PgBouncer, and the words that say so in a test's name. */
export const MISSING = findTool('pgbouncer') === undefined;
export const WITHOUT = MISSING ? ' (left out: no PgBouncer here, see npm run doctor)' : '';

const ADMIN_PASSWORD = 'console-secret';

/** A real PgBouncer before the source of a pair, TLS and SCRAM on both sides of it. */
export interface PoolerBeforePair extends AsyncDisposable {
  readonly config: string;
  readonly plan: PgbouncerSwitch;
  readonly context: SwitchContext;
  /** The pair's, who know the console's password too. */
  readonly clients: Clients;
  /** The switch of the plan, opened anew. */
  open(change?: Partial<PgbouncerSwitch>): Switch;
  /** A client of the pool, as `app_rw` unless told. */
  connect(user?: string): Promise<Client>;
  /** Asks the console. */
  ask(command: string): Promise<Record<string, unknown>[]>;
  /** Port of the server a new transaction of the pool reaches. */
  leadsTo(): Promise<number>;
}

export async function startPoolerBefore(pair: Pair, change: Partial<PoolerOptions> = {}): Promise<PoolerBeforePair> {
  const { caFile } = pair.clients;
  const authority = await openAuthority(dirname(caFile));
  const folder = await mkdtemp(join(tmpdir(), 'pooler-'));
  await letThrough(folder);
  const passwords: Record<string, string> = {
    app_rw: await pair.clients.readSecret('env:APP_RW_PASSWORD'),
    console: ADMIN_PASSWORD,
  };
  const { host, port, database } = pair.source;
  const pooler = await startPooler({
    folder: join(folder, 'pgbouncer'),
    database: { name: 'app', host, port, database },
    logins: passwords,
    admin: 'console',
    caFile,
    certificate: await authority.issue(),
    ...change,
  });
  const ca = await readFile(caFile, 'utf8');
  const login = async (user: string, to: string): Promise<Client> => {
    const ssl = { ca, host: '127.0.0.1' };
    const client = new Client({ host, port: pooler.port, user, password: passwords[user], database: to, ssl });
    client.on('error', () => {}); // seen by whoever uses it
    await client.connect();
    return client;
  };
  const once = async (user: string, to: string, sql: string): Promise<Record<string, unknown>[]> => {
    const client = await login(user, to);
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const admin = { host, port: pooler.port, user: 'console', password: 'env:PGBOUNCER_PASSWORD' };
  const plan: PgbouncerSwitch = {
    kind: 'pgbouncer',
    name: 'pooler',
    admin: { ...admin, database: 'pgbouncer', tls: 'verify' },
    database: 'app',
    config: pooler.config,
  };
  const context = { migration: pair.migration, from: pair.source, to: pair.target };
  const clients: Clients = {
    ...pair.clients,
    readSecret: async (ref) => (ref === 'env:PGBOUNCER_PASSWORD' ? ADMIN_PASSWORD : pair.clients.readSecret(ref)),
  };
  return {
    config: pooler.config,
    plan,
    context,
    clients,
    open: (differences = {}) => openSwitch({ ...plan, ...differences }, context, clients),
    connect: (user = 'app_rw') => login(user, 'app'),
    ask: (command) => once('console', 'pgbouncer', command),
    leadsTo: async () => Number((await once('app_rw', 'app', 'SELECT inet_server_port() AS port'))[0]?.['port']),
    [Symbol.asyncDispose]: async () => {
      await pooler.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Gives both sides of a pair the same table `ledger`, owned by `app_rw`, who logs in to both. */
export async function makeLedgers(pair: Pair): Promise<void> {
  const password = await pair.clients.readSecret('env:APP_RW_PASSWORD');
  await pair.sql('target', `CREATE ROLE app_rw LOGIN PASSWORD '${password}'; GRANT app_rw TO admin_user`);
  await pair.sql('target', 'GRANT CREATE, USAGE ON SCHEMA public TO app_rw');
  for (const side of ['source', 'target'] satisfies SideName[])
    await pair.sql(side, 'CREATE TABLE ledger (id text PRIMARY KEY)', 'app_rw');
}
