import { execa } from 'execa';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MASTER, startPair, type Pair } from '../../../postgres-pair.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ source: '15', target: '15' });
}, 60_000);
afterAll(async () => await pair.stop());

const create = (name: string): string =>
  `CREATE SUBSCRIPTION ${name} CONNECTION 'host=127.0.0.1 port=1 password=none' PUBLICATION p WITH (connect = false)`;
const SUPERUSERS = `SELECT array_agg(rolname::text) AS names FROM pg_roles WHERE rolsuper`;

async function expectOneSuperuser(): Promise<void> {
  expect(await pair.sql('target', SUPERUSERS)).toEqual([{ names: ['rdsadmin'] }]);
}

/** A session of its own in another database, logged in without TLS's ceremony of the product. */
async function session(database: string): Promise<Client> {
  const { host, port } = pair.target;
  const password = await pair.clients.readSecret(pair.target.password);
  const client = new Client({ host, port, user: MASTER, database, password, ssl: { rejectUnauthorized: false } });
  await client.connect();
  return client;
}

test('a member of rds_superuser creates, changes and drops a subscription, and owns it without being a superuser', async () => {
  await pair.sql('target', create('one'));
  await expectOneSuperuser();
  expect(await pair.sql('target', `SELECT subowner::regrole::text AS owner FROM pg_subscription`)).toEqual([
    { owner: MASTER },
  ]);
  await pair.sql('target', `ALTER SUBSCRIPTION one SET (slot_name = NONE)`);
  await pair.sql('target', `ALTER SUBSCRIPTION one CONNECTION 'host=127.0.0.1 port=2 password=none'`);
  await pair.sql('target', `DROP SUBSCRIPTION one`);
  await expectOneSuperuser();
});

test('a role that a session has taken on counts, not the one that logged in', async () => {
  await pair.sql(
    'target',
    `CREATE ROLE operator IN ROLE rds_superuser; CREATE ROLE nobody_special;
    GRANT operator, nobody_special TO ${MASTER}`,
  );
  await expect(pair.sql('target', `SET ROLE nobody_special; ${create('two')}`)).rejects.toThrow(/42501/);
  await pair.sql('target', `SET ROLE operator; ${create('two')}`);
  expect(await pair.sql('target', `SELECT subowner::regrole::text AS owner FROM pg_subscription`)).toEqual([
    { owner: 'operator' },
  ]);
  await pair.sql('target', `SET ROLE operator; ALTER SUBSCRIPTION two SET (slot_name = NONE); DROP SUBSCRIPTION two`);
  await expectOneSuperuser();
});

test('a command that fails leaves its caller as it was, in the transaction that goes on too', async () => {
  const failing = `CREATE SUBSCRIPTION bad CONNECTION 'nonsense' PUBLICATION p WITH (connect = false)`;
  await expect(pair.sql('target', failing)).rejects.toThrow(/42601/);
  await expectOneSuperuser();
  await pair.sql(
    'target',
    `DO $$ BEGIN BEGIN ${failing.replaceAll(`'`, `''`).replace(/^/, `EXECUTE '`)}';
    EXCEPTION WHEN syntax_error THEN NULL; END;
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = '${MASTER}') THEN RAISE 'still a superuser'; END IF; END $$`,
  );
});

test('others stay refused, and nobody can call what lifts', async () => {
  await pair.sql('target', `CREATE ROLE app_rw LOGIN PASSWORD 'rw-secret'`);
  await expect(pair.sql('target', create('three'), 'app_rw')).rejects.toThrow(/42501/);
  await expect(pair.sql('target', 'SELECT pg_catalog.rds_lift_subscriber()')).rejects.toThrow(/0A000/);
  await expect(pair.sql('target', 'DROP EVENT TRIGGER rds_lift_subscriber')).rejects.toThrow(/42501/);
});

test('databases made later let subscribe too, whatever their template, and two commands at once queue', async () => {
  await pair.sql('target', 'CREATE DATABASE plain');
  await pair.sql('target', 'CREATE DATABASE bare TEMPLATE template0');
  const sessions = await Promise.all([session('plain'), session('bare')]);
  await Promise.all(sessions.map((one, n) => one.query(create(`number_${n}`))));
  expect(await pair.sql('target', 'SELECT count(*)::int AS n FROM pg_subscription')).toEqual([{ n: 2 }]);
  await Promise.all(sessions.map((one) => one.end()));
  await expectOneSuperuser();
});

test('a dump of a database shows nothing of it', async () => {
  const { host, port } = pair.target;
  const args = ['-h', host, '-p', String(port), '-U', MASTER, 'postgres'];
  const password = await pair.clients.readSecret(pair.target.password);
  const { stdout } = await execa(pair.clients.programs.pgDump, args, { env: { PGPASSWORD: password } });
  expect(stdout).toContain('PostgreSQL database dump complete');
  expect(stdout).not.toMatch(/subscriber|EVENT TRIGGER|plpgsql/i);
});
