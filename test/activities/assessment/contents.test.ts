import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkApplicationAsMaster } from '../../../activities/assessment/application-as-master.ts';
import { checkClientPrograms } from '../../../activities/assessment/client-programs.ts';
import { checkContents } from '../../../activities/assessment/contents.ts';
import { checkCustody } from '../../../activities/assessment/custody.ts';
import { checkForeignWriters } from '../../../activities/assessment/foreign-writers.ts';
import { checkLocale } from '../../../activities/assessment/locale.ts';
import { checkMasterUser } from '../../../activities/assessment/master-user.ts';
import { checkOtherDatabases } from '../../../activities/assessment/other-databases.ts';
import { checkScratch } from '../../../activities/assessment/scratch.ts';
import { checkSequences } from '../../../activities/assessment/sequences.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import type { Strategy } from '../../../model/strategy.ts';
import { named, openDatabase, planFor, RUN, type AssessedDatabase } from './database.ts';

let db: AssessedDatabase;

beforeAll(async () => {
  db = await openDatabase('15');
});
afterAll(async () => await db.pair.stop());

test('a plain database is left alone', async () => {
  for (const check of [checkContents, checkForeignWriters, checkSequences, checkCustody, checkOtherDatabases])
    expect(await db.look(check)).toEqual([]);
});

describe('what is not a plain table is named with its consequence', () => {
  test.each([
    ['info unlogged-tables', 'CREATE UNLOGGED TABLE odd (id int)', 'DROP TABLE odd'],
    ['info materialized-views', 'CREATE MATERIALIZED VIEW odd AS SELECT 1 AS one', 'DROP MATERIALIZED VIEW odd'],
    [
      'warning publications',
      'CREATE TABLE odd (id int); CREATE PUBLICATION odd FOR TABLE odd',
      'DROP PUBLICATION odd; DROP TABLE odd',
    ],
  ])('%s', async (expected, make, undo) => {
    const found = await db.lookWith(make, checkContents, undo);
    expect(named(found)).toEqual([expected]);
    expect(found[0]?.message).toContain('odd');
  });

  test('info large-objects', async () => {
    expect(named(await db.lookWith('SELECT lo_create(4711)', checkContents, 'SELECT lo_unlink(4711)'))).toEqual([
      'info large-objects',
    ]);
  });

  test('warning foreign-tables, event-triggers', async () => {
    await db.asSuperuser(
      `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE odd (id int) SERVER far;
       CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER odd ON ddl_command_end EXECUTE FUNCTION watch()`,
    );
    const found = await db.look(checkContents);
    await db.asSuperuser('DROP EVENT TRIGGER odd; DROP FUNCTION watch(); DROP EXTENSION postgres_fdw CASCADE');
    expect(named(found)).toEqual(['warning foreign-tables', 'warning event-triggers']);
  });
});

describe('writers that no fence of roles reaches', () => {
  test('an enabled subscription blocks', async () => {
    await db.asSuperuser(
      `CREATE SUBSCRIPTION inflow CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false);
       ALTER SUBSCRIPTION inflow SET (slot_name = 'inflow'); ALTER SUBSCRIPTION inflow ENABLE`,
    );
    const found = await db.look(checkForeignWriters);
    await db.asSuperuser('ALTER SUBSCRIPTION inflow DISABLE; ALTER SUBSCRIPTION inflow SET (slot_name = NONE)');
    await db.asSuperuser('DROP SUBSCRIPTION inflow');
    expect(named(found)).toEqual(['blocker subscriptions']);
  });

  test('a prepared transaction blocks: a commit of it after the copy would be lost', async () => {
    const { source } = db.pair.servers;
    await source.stop();
    await source.start({ max_prepared_transactions: '5' });
    await db.pair.sql('source', `BEGIN; CREATE TABLE half (id int); PREPARE TRANSACTION 'half-done'`);
    const found = await db.look(checkForeignWriters);
    await db.pair.sql('source', `ROLLBACK PREPARED 'half-done'`);
    expect(found).toMatchObject([{ level: 'blocker', check: 'prepared-transactions' }]);
    expect(found[0]?.message).toContain('half-done');
  });

  test('somebody else at work as the master user is a warning with the name of the program', async () => {
    const other = await db.pair.clients.openSession(db.pair.source, { name: 'nightly-report' });
    const found = await db.look(checkForeignWriters);
    await other.close();
    expect(named(found)).toEqual(['warning sessions-of-master']);
    expect(found[0]?.message).toContain('nightly-report');
  });
});

describe('an application that logs in as the role Daybreak works as', () => {
  const look = (strategy: Strategy = 'dump') => {
    const roles = [{ name: db.pair.source.user, password: db.pair.source.password }];
    return db.look(checkApplicationAsMaster, { plan: { ...db.plan, strategy, roles } });
  };

  test('is warned that the old side still lets it read, with the SQL of a role of its own', async () => {
    const found = await look();
    expect(named(found)).toEqual(['warning application-is-master']);
    expect(found[0]?.message).toContain('CREATE ROLE "app_writer" LOGIN;');
    expect(found[0]?.message).toContain('while its rows are copied');
    expect((await look('blue-green'))[0]?.message).not.toContain('while its rows are copied');
    expect(await db.look(checkApplicationAsMaster)).toEqual([]);
  });

  test('is refused, with the same SQL, where large objects would be copied behind a fence that does not hold them', async () => {
    await db.pair.sql('source', 'SELECT lo_create(4711)');
    const [durable, locked] = [await look('snapshot'), await look('blue-green')];
    await db.pair.sql('source', 'SELECT lo_unlink(4711)');
    expect(named(durable)).toEqual(['warning application-is-master', 'blocker large-objects-unfenced']);
    expect(durable[1]?.message).toMatch(/^1 large objects: .*CREATE ROLE "app_writer" LOGIN;/s);
    expect(named(locked)).toEqual(['warning application-is-master']);
  });

  test('is refused, with the same SQL, where its sessions pass triggers', async () => {
    const { user } = db.pair.source;
    await db.asSuperuser(`ALTER ROLE ${user} IN DATABASE app SET session_replication_role = replica`);
    const found = await look();
    await db.asSuperuser(`ALTER ROLE ${user} IN DATABASE app RESET session_replication_role`);
    expect(named(found)).toContain('blocker fence-passed');
    expect(found.at(-1)?.message).toContain('CREATE ROLE "app_writer" LOGIN;');
  });
});

describe('sequences', () => {
  test('behind their column are a warning', async () => {
    const found = await db.lookWith(
      `CREATE TABLE visits (id serial PRIMARY KEY); INSERT INTO visits VALUES (40);
       CREATE TABLE fine (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY); INSERT INTO fine DEFAULT VALUES`,
      checkSequences,
      'DROP TABLE visits, fine',
    );
    expect(named(found)).toEqual(['warning sequences-behind']);
    expect(found[0]?.message).toContain('visits_id_seq');
    expect(found[0]?.message).not.toContain('fine_id_seq');
  });
});

describe('custody', () => {
  const install = async (run: string): Promise<void> => {
    await using session = await db.pair.clients.openSession(db.pair.source, { name: 'test' });
    await installCustody(session, { migration: db.pair.migration, run, state: 'open' });
  };

  test('of this very run is no obstacle, for the assessment may be asked again', async () => {
    await install(RUN);
    expect(await db.look(checkCustody)).toEqual([]);
    await db.pair.sql('source', 'DROP SCHEMA daybreak CASCADE');
  });

  test('of another run blocks and names it', async () => {
    await install('an-earlier-run');
    const found = await db.look(checkCustody);
    await db.pair.sql('source', 'DROP SCHEMA daybreak CASCADE');
    expect(named(found)).toEqual(['blocker custody-held']);
    expect(found[0]?.message).toContain('run an-earlier-run of daybreak/');
  });

  test('cannot be kept in a schema that is somebody else’s', async () => {
    expect(named(await db.lookWith('CREATE SCHEMA daybreak', checkCustody, 'DROP SCHEMA daybreak'))).toEqual([
      'blocker schema-taken',
    ]);
  });
});

test.each([
  ['keep', 'info other-databases'],
  ['stop', 'warning other-databases'],
  ['delete', 'blocker other-databases'],
] as const)('another database on an instance that the plan will %s: %s', async (source, expected) => {
  await db.pair.sql('source', 'CREATE DATABASE billing');
  const plan = planFor(db.pair, { cleanup: { source } });
  const found = await db.look(checkOtherDatabases, { plan });
  await db.pair.sql('source', 'DROP DATABASE billing');
  expect(named(found)).toEqual([expected]);
  expect(found[0]?.message).toContain('billing');
});

test.each([
  ['master', []],
  ['user', ['blocker master-user-reserved']],
  ['rdsadmin', ['blocker master-user-reserved']],
])('%s as the target’s master user: %j', async (masterUser, expected) => {
  const plan = planFor(db.pair);
  const changed = { ...plan, target: { ...plan.target, masterUser } };
  expect(named(await db.look(checkMasterUser, { plan: changed }))).toEqual(expected);
});

test('text that sorts otherwise on the target is a warning', async () => {
  expect(named(await db.look(checkLocale))).toEqual(['warning collation']);
});

test('scratch space has room for the dump of a small database', async () => {
  expect(await db.look(checkScratch)).toEqual([]);
});

test('client programs older than the source block', async () => {
  expect(await db.look(checkClientPrograms)).toEqual([]);
  const found = await db.look(checkClientPrograms, { sourceVersion: '99.1' });
  expect(named(found)).toEqual(['blocker pg-dump-older']);
  expect(found[0]?.message).toContain('install the client programs of PostgreSQL 99');
});
