import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingsFile } from '../../../../activities/verification/live/findings-file.ts';
import { verifyLive } from '../../../../activities/verification/live/verify-live.ts';
import { startFollowedPair, type FollowedPair } from './followed-pair.ts';

const TABLES = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, filler text);
INSERT INTO accounts SELECT n, 0, repeat('x', 50) FROM generate_series(1, 20000) n;
CREATE TABLE branches (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO branches VALUES (1, 0);
CREATE TABLE "Mixed ""Case""" ("Tenant" text COLLATE "C", "No" numeric, note text, twice numeric GENERATED ALWAYS AS ("No" * 2) STORED, PRIMARY KEY ("Tenant", "No"));
INSERT INTO "Mixed ""Case""" SELECT 't''' || n % 7, n, 'n' FROM generate_series(1, 500) n;
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

describe.each(['17'] as const)('comparing databases that move, on %s', (major) => {
  let stage: FollowedPair;
  const verify = () => verifyLive(stage.pair.clients, { ...stage.pair, direction: 'source-to-target' });

  beforeAll(async () => {
    stage = await startFollowedPair(major, TABLES);
  });
  afterAll(() => stage.stop());

  test('finds nothing where nothing differs, and counts what it compared', async () => {
    const [count] = await stage.pair.sql<{ rows: number }>(
      'source',
      `SELECT sum((xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM ONLY %I', relname), false, true, '')))[1]::text::int)::int AS rows
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    expect(await verify()).toEqual({ tables: 10, rows: count?.rows, differing: [], differences: 0 });
  });

  test('finds nothing under load, pass after pass, and one corrupted row among all of them', async () => {
    const writers = stage.startWriters(4, write);
    for (let pass = 0; pass < 3; pass += 1) {
      await writers.progress();
      expect(await verify()).toMatchObject({ differing: [], differences: 0 });
    }
    // A row the writers never touch.
    await stage.pair.sql('target', `UPDATE accounts SET balance = 1 WHERE id = ${CORRUPTED}`);
    await writers.progress();
    expect(await verify()).toMatchObject({ differing: ['public.accounts'], differences: 1 });
    const file = findingsFile(stage.pair.clients, stage.pair.migration);
    expect(await readFile(file, 'utf8')).toBe(`{"schema":"public","table":"accounts","key":["${CORRUPTED}"]}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await stage.pair.sql('target', `UPDATE accounts SET balance = 0 WHERE id = ${CORRUPTED}`);
    await writers.progress();
    expect(await verify()).toMatchObject({ differing: [], differences: 0 });
    await expect(stat(file)).rejects.toThrow('ENOENT');
    await writers.stop();
  });

  test.each([
    ['a lost row without a key', 'public.keyless', `DELETE FROM keyless WHERE ctid = (SELECT min(ctid) FROM keyless)`],
    ['a row too many', 'public.log', `INSERT INTO log VALUES ('stray')`],
    ['a key that was changed', 'public.by_index', `UPDATE by_index SET code = 'other' WHERE code = 'stays'`],
    ['a row of a partition', 'public.events_old', `INSERT INTO events VALUES (-1, '2025-05-05', 'stray')`],
    ['another scale of a number', 'public.Mixed "Case"', `UPDATE "Mixed ""Case""" SET "No" = 499.0 WHERE "No" = 499`],
    ['a missing table', 'public.unlucky', 'DROP TABLE unlucky'],
  ])('finds %s', async (_what, where, sql) => {
    await stage.pair.sql('target', sql);
    expect(await verify()).toMatchObject({ differing: expect.arrayContaining([where]) as string[] });
  });
});
