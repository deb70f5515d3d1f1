import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTracker } from '../../../../activities/verification/live/fence-tracker.ts';
import { findingsFile } from '../../../../activities/verification/live/findings-file.ts';
import { parseLsn } from '../../../../activities/verification/live/lsn.ts';
import { verifyLive } from '../../../../activities/verification/live/verify-live.ts';
import type { VerifySignals } from '../../../../activities/verification/verify-copy.ts';
import { until } from '../../../until.ts';
import { startFollowedPair, type FollowedPair } from './followed-pair.ts';

const TABLES = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, filler text);
INSERT INTO accounts SELECT n, 0, repeat('x', 50) FROM generate_series(1, 20000) n;
CREATE TABLE branches (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO branches VALUES (1, 0);
CREATE TABLE "Mixed ""Case""" ("Tenant" text COLLATE "C", "No" numeric, note text, twice numeric GENERATED ALWAYS AS ("No" * 2) STORED, PRIMARY KEY ("Tenant", "No"));
INSERT INTO "Mixed ""Case""" SELECT 't''' || n % 7, n, 'n' FROM generate_series(1, 500) n; INSERT INTO "Mixed ""Case""" VALUES ('t''0', 0.5, 'stays');
CREATE TABLE events (id int NOT NULL, at date NOT NULL, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2026-01-01');
CREATE TABLE events_new PARTITION OF events DEFAULT;
CREATE TABLE by_index (code text NOT NULL, note text); CREATE UNIQUE INDEX by_index_code ON by_index (code);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code;
INSERT INTO by_index SELECT 'c' || n, 'x' FROM generate_series(1, 200) n; INSERT INTO by_index VALUES ('stays', 'x');
CREATE TABLE keyless (a int, b jsonb, c text); ALTER TABLE keyless REPLICA IDENTITY FULL;
INSERT INTO keyless SELECT n % 20, '{"a": 1}', nullif('n' || n % 3, 'n0') FROM generate_series(1, 60) n;
CREATE TABLE log (line text);
CREATE TABLE queue (id int PRIMARY KEY, job text);
CREATE TABLE unlucky ();`;

/** An account that no writer comes to in the time of the test. */
const CORRUPTED = 12_345;

/** One statement of load: hot rows, key changes, deletes, inserts, partition moves. */
const write = (n: number): string => `
  UPDATE accounts SET balance = balance + ${n} WHERE id = ${1 + ((n * 7919) % 12000)};
  UPDATE branches SET balance = balance + ${n};
  UPDATE "Mixed ""Case""" SET "No" = "No" + 1000 WHERE "No" = ${1 + (n % 500)};
  UPDATE "Mixed ""Case""" SET "No" = "No" - 1000 WHERE "No" = ${1001 + ((n + 250) % 500)};
  INSERT INTO events VALUES (${n}, '2026-01-01', 'a'); UPDATE events SET at = '2025-01-01' WHERE id = ${n - 5};
  UPDATE by_index SET code = code || 'x' WHERE code LIKE 'c${n % 200}' || '%'; DELETE FROM by_index WHERE length(code) > 8;
  UPDATE keyless SET c = 'w${n}' WHERE a = ${n % 20}; INSERT INTO log VALUES ('line ${n}');
  DELETE FROM accounts WHERE id = ${20000 - n}; INSERT INTO accounts VALUES (${20000 + n}, ${n}, NULL)`;

const verifier =
  (stage: FollowedPair) =>
  (signals: VerifySignals = {}) =>
    verifyLive(stage.pair.clients, { ...stage.pair, direction: 'source-to-target' }, signals);

/** Compares while rows of every kind are written; a row on the target that no writer comes to is made to differ and back. */
async function underLoad(stage: FollowedPair) {
  const verify = verifier(stage);
  const writers = stage.startWriters(2, write);
  const found: (readonly string[])[] = [];
  const compare = async () => {
    await writers.progress();
    found.push((await verify()).differing);
  };
  await compare();
  await compare();
  await stage.pair.sql('target', `UPDATE accounts SET balance = 1 WHERE id = ${CORRUPTED}`);
  await compare();
  const file = findingsFile(stage.pair.clients, stage.pair.migration);
  const [keys, { mode }] = [await readFile(file, 'utf8'), await stat(file)];
  await stage.pair.sql('target', `UPDATE accounts SET balance = 0 WHERE id = ${CORRUPTED}`);
  await compare();
  await writers.stop();
  return { found, keys, mode: mode & 0o777, left: existsSync(file) };
}
const FOUND_UNDER_LOAD = {
  found: [[], [], ['public.accounts'], []],
  keys: `{"schema":"public","table":"accounts","key":["${CORRUPTED}"]}\n`,
  mode: 0o600,
  left: false,
};

describe('comparing databases that move, on 15', () => {
  let stage: FollowedPair;

  beforeAll(async () => {
    stage = await startFollowedPair('15', TABLES);
  });
  afterAll(() => stage.stop());

  test('finds nothing under load, pass after pass, and one corrupted row among all of them', async () => {
    expect(await underLoad(stage)).toEqual(FOUND_UNDER_LOAD);
  });
});

describe('comparing databases that move, on 17', () => {
  let stage: FollowedPair;
  let verify: ReturnType<typeof verifier>;
  const slot = async () =>
    (
      await stage.pair.sql<{ at: string; reader: number | null }>(
        'source',
        `SELECT confirmed_flush_lsn AS at, active_pid AS reader FROM pg_replication_slots WHERE slot_name = '${stage.names.tracker}'`,
      )
    )[0];

  beforeAll(async () => {
    stage = await startFollowedPair('17', TABLES);
    verify = verifier(stage);
  });
  afterAll(() => stage.stop());

  test('finds nothing where nothing differs, and counts what it compared', async () => {
    const [count] = await stage.pair.sql<{ rows: number }>(
      'source',
      `SELECT sum((xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM ONLY %I', relname), false, true, '')))[1]::text::int)::int AS rows
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const told: number[] = [];
    const facts = await verify({ onTable: (done, of) => told.push(done / of) });
    expect(facts).toEqual({ tables: 10, rows: count?.rows, differing: [], differences: 0 });
    expect(told.at(-1)).toBe(1);
  });

  test('finds nothing under load, pass after pass, and one corrupted row among all of them', async () => {
    expect(await underLoad(stage)).toEqual(FOUND_UNDER_LOAD);
  });

  test('goes on behind tables that are emptied and partitions that are made beside it', async () => {
    const writers = stage.startWriters(
      2,
      (n) =>
        `INSERT INTO queue VALUES (${n}, 'job'), (${n + 1_000_000}, 'job'); ${n % 40 === 0 ? 'TRUNCATE queue' : ''}`,
    );
    await writers.progress();
    const verifying = verify();
    for (const side of ['target', 'source'] as const)
      await stage.pair.sql(
        side,
        `CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')`,
      );
    await stage.pair.sql(
      'target',
      `ALTER SUBSCRIPTION ${stage.names.forward} REFRESH PUBLICATION WITH (copy_data = false)`,
    );
    await stage.pair.sql('source', `INSERT INTO events VALUES (1, '2027-01-01', 'new')`);
    await writers.progress();
    // Found equal in a moment between two TRUNCATEs, or given up for now.
    const [end] = await Promise.allSettled([verifying]);
    const outcome = end.status === 'fulfilled' ? end.value : (end.reason as { type: string });
    expect([{ differences: 0 }, { type: 'ResourceNotReady' }]).toContainEqual(
      'type' in outcome ? { type: outcome.type } : { differences: outcome.differences },
    );
    await writers.stop();
    expect(await verify()).toMatchObject({ tables: 11, differing: [] });
  });

  test('leaves its slot at what is compared, ends who still reads it, and makes it anew where it is gone', async () => {
    const before = await slot();
    const clients = stage.pair.clients;
    await stage.pair.sql('source', 'UPDATE branches SET balance = 77');
    const open = (name: string) =>
      openTracker(clients, {
        migration: stage.pair.migration,
        giver: stage.pair.source,
        taker: stage.pair.target,
        feed: stage.names.forward,
        name,
      });
    const stale = await open('daybreak/stale/0');
    const reader = (await slot())?.reader;
    expect(reader).not.toBeNull();
    expect(await verify()).toMatchObject({ differing: [] });
    const after = await slot();
    expect(after?.reader).not.toBe(reader);
    expect(parseLsn(after?.at ?? '')).toBeGreaterThan(parseLsn(before?.at ?? ''));
    await stale.close();
    await until('nobody to read it', async () => (await slot())?.reader === null);
    await stage.pair.sql('source', `SELECT pg_drop_replication_slot('${stage.names.tracker}')`);
    expect(await verify()).toMatchObject({ differing: [] });
    expect(await slot()).toMatchObject({ reader: null });
  });

  test('waits for a subscription that is there and runs', async () => {
    await stage.pair.sql('target', `ALTER SUBSCRIPTION ${stage.names.forward} DISABLE`);
    await expect(verify()).rejects.toMatchObject({
      type: 'ResourceNotReady',
      message: expect.stringContaining('disabled') as string,
    });
    await stage.pair.sql('target', `ALTER SUBSCRIPTION ${stage.names.forward} ENABLE`);
  });

  test('ends when it is aborted', async () => {
    await using lock = await stage.pair.clients.openSession(stage.pair.target, { name: 'lock' });
    await lock.query('BEGIN; LOCK TABLE branches IN ACCESS EXCLUSIVE MODE');
    const stopped = new AbortController();
    const verifying = verify({ abort: stopped.signal });
    const ours = `SELECT FROM pg_stat_activity WHERE application_name ~ '^daybreak/.*/0$' AND backend_type = 'client backend'`;
    await until('a comparison that waits for the lock', async () => {
      const waiting = await stage.pair.sql('target', `${ours} AND wait_event_type = 'Lock'`);
      return waiting.length > 0;
    });
    stopped.abort(new Error('the operator stopped it'));
    await expect(verifying).rejects.toThrow('the operator stopped it');
    await lock.query('ROLLBACK');
    for (const side of ['source', 'target'] as const)
      await until('no session left', async () => (await stage.pair.sql(side, ours)).length === 0);
  });

  test('compares no rows where the schemas differ, and names what does', async () => {
    await stage.pair.sql('target', 'DROP TABLE unlucky; CREATE TABLE stray ()');
    await expect(verify()).rejects.toMatchObject({
      type: 'VerificationFailed',
      message: expect.stringMatching(/in 2 places: .*unlucky.*; .*stray/) as string,
    });
    await stage.pair.sql('target', 'CREATE TABLE unlucky (); DROP TABLE stray');
  });

  test('finds each kind of difference, and names just these tables', async () => {
    const differences = {
      'public.keyless': `DELETE FROM keyless WHERE ctid = (SELECT min(ctid) FROM keyless)`,
      'public.log': `INSERT INTO log VALUES ('stray')`,
      'public.by_index': `UPDATE by_index SET code = 'other' WHERE code = 'stays'`,
      'public.events_old': `INSERT INTO events VALUES (-1, '2025-05-05', 'stray')`,
      'public.Mixed "Case"': `UPDATE "Mixed ""Case""" SET "No" = 0.50 WHERE "No" = 0.5`,
      'pg_catalog.pg_largeobject': 'SELECT lo_create(4242)',
    };
    await stage.pair.sql('target', Object.values(differences).join(';'));
    const differing = Object.keys(differences).toSorted();
    expect(await verify()).toMatchObject({ differing, differences: differing.length });
    const lines = await readFile(findingsFile(stage.pair.clients, stage.pair.migration), 'utf8');
    expect(lines).toContain('{"schema":"public","table":"by_index","key":["other"]}');
    expect(lines).toContain('{"schema":"public","table":"by_index","key":["stays"]}');
    expect(lines).toContain('{"schema":"public","table":"Mixed \\"Case\\"","key":["t\'0","0.50"]}');
  });
});
