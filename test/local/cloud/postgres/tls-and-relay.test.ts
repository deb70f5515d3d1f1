import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareAccess, writeCertificate, writeSettings } from '../../../../local/cloud/postgres/access.ts';
import { openAuthority } from '../../../../local/cloud/postgres/authority.ts';
import { findServer } from '../../../../local/cloud/postgres/binaries.ts';
import { freePort } from '../../../../local/cloud/postgres/free-port.ts';
import { openRelay, type Relay } from '../../../../local/cloud/postgres/relay.ts';
import { makeRoles } from '../../../../local/cloud/postgres/roles.ts';
import { postgresServer, type PostgresServer } from '../../../../local/cloud/postgres/server.ts';

const MASTER = { user: 'master', password: `it's "secret"`, database: 'app' };

describe('a server as the local cloud sets it up', () => {
  let root: string;
  let server: PostgresServer;
  let relay: Relay;
  let port: number;
  let ca: string;
  const open: Client[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'tls-test-'));
    const authority = await openAuthority(join(root, 'ca'));
    ca = await readFile(authority.caFile, 'utf8');
    server = postgresServer({ bin: findServer('17').bin, dir: join(root, 'data'), adminPassword: 'admin' });
    await server.init();
    await prepareAccess(server.dir);
    await writeCertificate(server.dir, await authority.issue());
    await writeSettings(server.dir, {});
    await server.start();
    await makeRoles(server, 17, MASTER);
    port = await freePort();
    relay = await openRelay(port);
    relay.aim(server.port);
  }, 60_000);
  afterAll(async () => {
    await Promise.allSettled(open.map((client) => client.end()));
    await relay.close();
    await server.stop('immediate');
    await rm(root, { recursive: true });
  });

  async function connect(over: object = {}): Promise<Client> {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: MASTER.user,
      password: MASTER.password,
      database: 'app',
      ssl: { ca, rejectUnauthorized: true },
      connectionTimeoutMillis: 5_000,
      ...over,
    });
    client.on('error', () => {});
    await client.connect();
    open.push(client);
    return client;
  }
  const query = async (sql: string): Promise<unknown[]> => (await (await connect()).query(sql)).rows;

  test('proves itself by a certificate of the CA', async () => {
    expect(await query('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([
      { ssl: true, version: 'TLSv1.3' },
    ]);
  });

  test('refuses plain connections', async () => {
    await expect(connect({ ssl: false })).rejects.toMatchObject({ code: '28000' });
  });

  test('is not trusted under another CA', async () => {
    const other = await readFile((await openAuthority(join(root, 'other-ca'))).caFile, 'utf8');
    await expect(connect({ ssl: { ca: other, rejectUnauthorized: true } })).rejects.toThrow(/certificate/);
  });

  test('has a master who owns the databases and is no superuser', async () => {
    const sql = `SELECT r.rolsuper, r.rolcreatedb, r.rolcreaterole, pg_has_role('rds_superuser', 'member') AS member,
      (SELECT bool_and(d.datdba = r.oid) FROM pg_database d WHERE datname IN ('app', 'postgres')) AS owner
      FROM pg_roles r WHERE rolname = current_user`;
    expect(await query(sql)).toEqual([
      { rolsuper: false, rolcreatedb: true, rolcreaterole: true, member: true, owner: true },
    ]);
  });

  test.each([
    'CHECKPOINT',
    'CREATE ROLE app_user LOGIN',
    'GRANT rds_superuser TO app_user',
    'SET session_replication_role = replica',
    `SELECT pg_create_logical_replication_slot('s', 'pgoutput') WHERE false`,
    'CREATE TABLE public.t (n int)',
    'CREATE EXTENSION pgcrypto',
  ])('lets the master do: %s', async (sql) => {
    await expect(query(sql)).resolves.toBeDefined();
  });

  test.each([
    'ALTER SYSTEM SET work_mem = 1000',
    'SELECT * FROM pg_authid',
    'SELECT pg_promote()',
    `SET ROLE rdsadmin`,
  ])('refuses the master: %s', async (sql) => {
    await expect(query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('refuses rdsadmin without its password', async () => {
    await expect(connect({ user: 'rdsadmin' })).rejects.toMatchObject({ code: '28P01' });
  });

  test('is out of reach while the link refuses, and back afterwards', async () => {
    relay.link('refuse');
    await expect(connect()).rejects.toThrow(/ECONNRESET|terminated/);
    relay.link('up');
    await connect();
  });

  test('answers nobody while the link is a black hole, and loses nothing when it heals', async () => {
    const client = await connect();
    relay.link('blackhole');
    let answered = false;
    const answer = client.query('SELECT 1 AS n').finally(() => {
      answered = true;
    });
    await expect(connect({ connectionTimeoutMillis: 200 })).rejects.toThrow(/timeout/);
    expect(answered).toBe(false);
    relay.link('up');
    expect((await answer).rows).toEqual([{ n: 1 }]);
  });

  test('delays by what the link says', async () => {
    const client = await connect();
    relay.link({ delayMs: 60 });
    const start = performance.now();
    await client.query('SELECT 1');
    expect(performance.now() - start).toBeGreaterThanOrEqual(119); // there and back; timers may fire 1 ms early
    relay.link('up');
  });

  test('cuts sessions when the endpoint moves away', async () => {
    const client = await connect();
    relay.aim(undefined);
    await expect(client.query('SELECT 1')).rejects.toThrow(/ECONNRESET|terminated/);
    relay.aim(server.port);
    await connect();
  });
});
