import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkReplication } from '../../../activities/assessment/replication-checks.ts';
import { checkWayBack, mayFeedBack } from '../../../activities/assessment/way-back.ts';
import { checkReplicationServer, serverShortfalls } from '../../../activities/assessment/replication-server.ts';
import type { Check, DatabaseSubject } from '../../../activities/assessment/subject.ts';
import { replicationNames } from '../../../model/names.ts';
import { named, openDatabase, planFor, type AssessedDatabase } from './database.ts';

let db: AssessedDatabase;

beforeAll(async () => {
  db = await openDatabase('15');
});
/** As a plan of strategy `blue-green` has it. */
const blueGreen: Check<DatabaseSubject> = (subject) =>
  checkReplication({ ...subject, plan: { ...subject.plan, strategy: 'blue-green' } });

afterAll(async () => await db.pair.stop());

test('a plain database on a server that is ready is left alone, and no role is left behind', async () => {
  const found = await db.lookWith('CREATE TABLE plain (id int PRIMARY KEY)', blueGreen, 'DROP TABLE plain');
  expect(found).toEqual([]);
  expect(await db.pair.sql('source', `SELECT FROM pg_roles WHERE rolname LIKE 'daybreak%'`)).toEqual([]);
});

describe('under another strategy', () => {
  test('nothing of it is asked, and what is missing costs going back, which a warning says', async () => {
    expect(await db.lookWith('CREATE TABLE odd (id int)', checkReplication, 'DROP TABLE odd')).toEqual([]);
    const found = await db.lookWith('CREATE TABLE odd (id int)', checkWayBack, 'DROP TABLE odd');
    expect(named(found)).toEqual(['warning way-back-costs']);
    expect(found[0]?.message).toMatch(/going back will lose .+ no-identity: odd:/);
    expect(mayFeedBack(db.plan, found)).toBe(false);
  });

  test('a source that has no origin left could not follow: the parameter to raise is named', async () => {
    await db.asSuperuser(
      `SELECT pg_replication_origin_create('taken_' || n) FROM generate_series(1, current_setting('max_replication_slots')::int) n`,
    );
    const found = await db.look(checkWayBack);
    await db.asSuperuser(`SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin`);
    expect(named(found)).toEqual(['warning way-back-costs']);
    expect(found[0]?.message).toMatch(/way-back-room: max_replication_slots of the source is used up: raise it by 1/);
  });

  test('the source may follow after the cutover where nothing is missing', async () => {
    const found = await db.look(checkWayBack);
    expect(found).toEqual([]);
    expect(mayFeedBack(db.plan, found)).toBe(true);
    expect(mayFeedBack(planFor(db.pair, { strategy: 'blue-green' }), []), 'its strategy says so').toBe(false);
  });
});

describe('what logical replication does not carry, or carries otherwise, is named with its remedy', () => {
  test.each([
    ['blocker no-identity', 'CREATE TABLE odd (id int)'],
    ['blocker no-identity', 'CREATE TABLE odd (id int PRIMARY KEY DEFERRABLE)'],
    ['blocker no-identity', 'CREATE TABLE odd (id int PRIMARY KEY); ALTER TABLE odd REPLICA IDENTITY NOTHING'],
    ['warning identity-full', 'CREATE TABLE odd (id int); ALTER TABLE odd REPLICA IDENTITY FULL'],
    ['blocker unlogged-not-followed', 'CREATE UNLOGGED TABLE odd (id int PRIMARY KEY)'],
    [
      'blocker row-security-forced',
      'CREATE TABLE odd (id int PRIMARY KEY); ALTER TABLE odd ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    ],
    ['blocker owner-without-rights', 'CREATE TABLE odd (id int PRIMARY KEY); REVOKE UPDATE ON odd FROM CURRENT_USER'],
    [
      'blocker triggers-on-apply',
      `CREATE TABLE odd (id int PRIMARY KEY); CREATE TRIGGER always BEFORE UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
       ALTER TABLE odd ENABLE ALWAYS TRIGGER always`,
    ],
    ['info generated-columns', 'CREATE TABLE odd (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)'],
    ['info identity-columns', 'CREATE TABLE odd (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)'],
  ])('%s: %s', async (expected, make) => {
    const found = await db.lookWith(make, blueGreen, 'DROP TABLE odd');
    expect(named(found)).toEqual([expected]);
    expect(found[0]?.message).toContain('odd');
  });

  test('an index of NOT NULL columns is identity enough', async () => {
    const make = `CREATE TABLE odd (id int NOT NULL); CREATE UNIQUE INDEX ON odd (id); ALTER TABLE odd REPLICA IDENTITY USING INDEX odd_id_idx`;
    expect(await db.lookWith(make, blueGreen, 'DROP TABLE odd')).toEqual([]);
  });

  test('blocker large-objects-not-followed', async () => {
    const found = await db.lookWith('SELECT lo_create(4712)', blueGreen, 'SELECT lo_unlink(4712)');
    expect(named(found)).toEqual(['blocker large-objects-not-followed']);
  });

  test('blocker foreign-partitions, warning event-triggers-fire', async () => {
    await db.asSuperuser(
      `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; GRANT USAGE ON FOREIGN SERVER far TO admin_user;
       CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER odd ON ddl_command_end EXECUTE FUNCTION watch()`,
    );
    await db.pair.sql(
      'source',
      'CREATE TABLE days (day int) PARTITION BY RANGE (day); CREATE FOREIGN TABLE old PARTITION OF days DEFAULT SERVER far',
    );
    const found = await db.look(blueGreen);
    await db.asSuperuser(
      'DROP TABLE days; DROP EVENT TRIGGER odd; DROP FUNCTION watch(); DROP EXTENSION postgres_fdw CASCADE',
    );
    expect(named(found)).toEqual(['blocker foreign-partitions', 'warning event-triggers-fire']);
  });
});

describe('a table whose whole row is its identity', () => {
  /** Sixty updates of the whole table count as one a second in a server that has only just begun. */
  const busy = `CREATE TABLE busy (id int); ALTER TABLE busy REPLICA IDENTITY FULL; CREATE INDEX ON busy (id);
    INSERT INTO busy SELECT generate_series(1, 20000); UPDATE busy SET id = id; ANALYZE busy; SELECT pg_stat_force_next_flush()`;

  test('blocks where its changes come faster than they could be looked up', async () => {
    const found = await db.lookWith(busy, blueGreen, 'DROP TABLE busy');
    expect(named(found)).toEqual(['blocker identity-full']);
    expect(found[0]?.message).toMatch(/about 20000 rows and \d+\.\d updates/);
  });

  test('is a mere fact from 16 on, where an index helps', async () => {
    await db.pair.sql('source', busy);
    const found = await db.look(blueGreen, { sourceVersion: '16.4', targetVersion: '17.2' });
    await db.pair.sql('source', 'DROP TABLE busy');
    expect(named(found)).toEqual(['info identity-full']);
  });
});

describe('rights of the role we work as', () => {
  test('a table of an owner it is no member of, and everything a plain role may not', async () => {
    await db.pair.sql('source', 'CREATE TABLE foreign_to_us (id int PRIMARY KEY)');
    await using session = await db.pair.clients.openSession(db.pair.loginOf('source', 'app_rw'), { name: 'test' });
    const found = await db.look(blueGreen, { session });
    await db.pair.sql('source', 'DROP TABLE foreign_to_us');
    expect(named(found)).toEqual([
      'blocker may-not-replicate',
      'blocker may-not-subscribe',
      'blocker not-table-owner',
      'blocker replication-role',
    ]);
    expect(found[2]?.message).toContain('foreign_to_us');
  });
});

describe('the server', () => {
  const shortfallsNow = async () => {
    await using session = await db.pair.clients.openSession(db.pair.source, { name: 'test' });
    return await serverShortfalls({ session, migration: db.pair.migration });
  };

  test('another system that replicates into the source blocks', async () => {
    await db.asSuperuser(`SELECT pg_replication_origin_create('pgl_feed')`);
    const found = await db.look(checkReplicationServer);
    await db.asSuperuser(`SELECT pg_replication_origin_drop('pgl_feed')`);
    expect(named(found)).toEqual(['blocker replication-origins']);
    expect(found[0]?.message).toContain('origins pgl_feed,');
  });

  test('without logical WAL, and with too few slots, senders and workers, needs a reboot, which is no blocker', async () => {
    const { source } = db.pair.servers;
    await source.stop();
    await source.start({
      wal_level: 'replica',
      max_replication_slots: '1',
      max_wal_senders: '2',
      max_logical_replication_workers: '0',
      max_slot_wal_keep_size: '64MB',
    });
    const found = await db.look(checkReplicationServer);
    const shortfalls = await shortfallsNow();
    await source.stop();
    await source.start();
    expect(named(found)).toEqual(['warning source-reboot', 'warning slot-bound']);
    expect(found[0]?.message).toContain('max_replication_slots from 1 to 2');
    expect(found[1]?.message).toContain('64MB');
    expect(shortfalls).toEqual([
      { parameter: 'rds.logical_replication', from: '0', to: '1' },
      { parameter: 'max_replication_slots', from: '1', to: '2' },
      { parameter: 'max_wal_senders', from: '2', to: '3' },
      { parameter: 'max_logical_replication_workers', from: '0', to: '1' },
    ]);
    expect(await shortfallsNow()).toEqual([]);
  });

  test('may have to give more bytes a second than the plan says, which is told', async () => {
    const copy = { ...db.plan.copy, bytesPerSecond: 1_000_000 };
    const found = await db.look(checkReplicationServer, { plan: { ...db.plan, copy } });
    expect(named(found)).toEqual(['info sync-unbounded']);
    expect(await db.look(checkReplicationServer)).toEqual([]);
  });

  test('does not count what this migration itself holds', async () => {
    const { source } = db.pair.servers;
    await source.stop();
    await source.start({ max_replication_slots: '2' });
    const { forward, tracker } = replicationNames(db.pair.migration);
    const make = (name: string): string => `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`;
    const drop = (name: string): string => `SELECT pg_drop_replication_slot('${name}')`;
    const ours = await db.lookWith(
      `${make(forward)}; ${make(tracker)}`,
      checkReplicationServer,
      `${drop(forward)}; ${drop(tracker)}`,
    );
    const theirs = await db.lookWith(make('theirs'), checkReplicationServer, drop('theirs'));
    expect(named(ours)).toEqual([]);
    expect(named(theirs)).toEqual(['warning source-reboot']);
    expect(theirs[0]?.message).toContain('max_replication_slots from 2 to 3');
  });
});
