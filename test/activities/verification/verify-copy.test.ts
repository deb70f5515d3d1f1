import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copySnapshot } from '../../../activities/copy/copy-snapshot.ts';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import { verifyCopy } from '../../../activities/verification/verify-copy.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';
import { makeEverything } from '../copy/everything.ts';

/** Whose columns a dump puts into another order: inherited ones come first, wherever they stood. */
const REORDERED = `
CREATE TABLE notes (a int, b text); CREATE TABLE own_notes (c date) INHERITS (notes); ALTER TABLE notes ADD COLUMN d int;
INSERT INTO own_notes VALUES (1, 'b', '2026-01-01', 4);
CREATE TABLE adopted_notes (gone int, d int, c date, b text, a int); ALTER TABLE adopted_notes DROP COLUMN gone;
ALTER TABLE adopted_notes INHERIT notes; INSERT INTO adopted_notes VALUES (4, NULL, 'b', 1), (1, NULL, 'b', 4)`;
const ORDER = `SELECT string_agg(attname, ' ' ORDER BY attrelid::regclass::text, attnum) AS names FROM pg_attribute
  WHERE attrelid IN ('adopted_notes'::regclass, 'own_notes'::regclass) AND attnum > 0 AND NOT attisdropped`;

describe('verification of a copy', () => {
  let pair: Pair;
  const copy = () =>
    copySnapshot(
      pair.clients,
      { ...pair, jobs: 2, token: 0 },
      { abort: new AbortController().signal, heartbeat: () => {} },
    );
  const verify = () => verifyCopy(pair.clients, pair);

  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
    await makeEverything(pair);
    await pair.sql('source', `GRANT CREATE ON SCHEMA public TO app_rw; SET ROLE app_rw; ${REORDERED}`);
    await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'run' });
  });
  afterAll(() => pair.stop());

  test('refuses to speak of a copy that was never made', async () => {
    await expect(verify()).rejects.toMatchObject({ type: 'VerificationFailed' });
  });

  test('finds nothing in a true copy, and counts what it looked at', async () => {
    const { rows, tables } = await copy();
    const done: number[] = [];
    expect(await verifyCopy(pair.clients, pair, { onTable: (count) => done.push(count) })).toEqual({
      tables,
      rows,
      differing: [],
      differences: 0,
    });
    expect(done).toHaveLength(tables);
  });

  test('finds nothing where the copy has its columns in another order', async () => {
    expect(await pair.sql('source', ORDER)).toEqual([{ names: 'd c b a a b c d' }]);
    expect(await pair.sql('target', ORDER)).toEqual([{ names: 'a b d c a b d c' }]);
  });

  test.each([
    ['a single changed value', 'public.profiles', `UPDATE profiles SET "Full Name" = 'Somebody' WHERE id = 1234`],
    ['a byte in a photo', 'public.profiles', `UPDATE profiles SET photo = set_byte(photo, 0, 1) WHERE id = 7`],
    [
      'a number with another scale',
      'public.profiles',
      `UPDATE profiles SET settings = '{"n": 1, "x": 1.010}' WHERE id = 1`,
    ],
    [
      'values swapped between two rows',
      'public.insights_rest',
      `UPDATE insights SET note = CASE id WHEN 1 THEN 'note 2' ELSE 'note 1' END WHERE id < 3`,
    ],
    [
      'values swapped between two columns of one type',
      'public.adopted_notes',
      'UPDATE adopted_notes SET a = d, d = a WHERE a = 1',
    ],
    ['a lost row', 'public.Assessment Sessions', `DELETE FROM "Assessment Sessions" WHERE "Id" = 100`],
    ['a row too many', 'public.marks', `INSERT INTO marks DEFAULT VALUES`],
    [
      'a row moved to the parent table',
      'public.log,public.log_old',
      `WITH moved AS (DELETE FROM log_old RETURNING line) INSERT INTO log SELECT * FROM moved`,
    ],
    ['a changed large object', 'pg_catalog.pg_largeobject', `SELECT lo_put(4242, 17, '\\x00')`],
    ['a missing table', 'public.cache', `DROP TABLE cache`],
    ['a table too many', 'public.stray', `SET ROLE admin_user; CREATE TABLE stray ()`],
    ['a materialised view that is not filled', 'public.per_mood', `REFRESH MATERIALIZED VIEW per_mood WITH NO DATA`],
    [
      'a letter of another case where case means nothing',
      'mixed.by_master',
      `UPDATE mixed.by_master SET name = 'case'`,
    ],
  ])('finds %s', async (_what, where, sql) => {
    // As the servers' own superuser, whom no lost privilege stops.
    await pair.servers.target.sql(sql, [], 'app');
    expect(await verify()).toMatchObject({ differing: where.split(','), differences: where.split(',').length });
    await copy();
    expect(await verify()).toMatchObject({ differences: 0 });
  });

  test('ends when it is aborted, and so does the server', async () => {
    const abort = new AbortController();
    await using lock = await pair.clients.openSession(pair.target, { name: 'lock' });
    await lock.query('BEGIN; LOCK TABLE profiles');
    const verifying = verifyCopy(pair.clients, pair, { abort: abort.signal });
    const waiting = () =>
      pair.sql(
        'target',
        `SELECT FROM pg_stat_activity WHERE application_name ~ '^daybreak' AND wait_event_type = 'Lock'`,
      );
    await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1);
    abort.abort(new Error('the operator stopped it'));
    await expect(verifying).rejects.toThrow('the operator stopped it');
    await expect.poll(waiting, { timeout: 10_000 }).toEqual([]);
  });

  test('names at most twenty tables and counts them all', async () => {
    await pair.sql('target', Array.from({ length: 25 }, (_, n) => `CREATE TABLE more_${n} ()`).join(';'));
    const facts = await verify();
    expect(facts.differences).toBe(25);
    expect(facts.differing).toHaveLength(20);
    await pair.sql('target', Array.from({ length: 25 }, (_, n) => `DROP TABLE more_${n}`).join(';'));
  });

  test('does not mind rows that are written while the copy is made', async () => {
    const stop = new AbortController();
    let written = 0;
    const writer = (async () => {
      await using session = await pair.clients.openSession(pair.loginOf('source', 'app_rw'), { name: 'writer' });
      while (!stop.signal.aborted) {
        written += 1;
        await session.query(
          `INSERT INTO insights VALUES (${10_000 + written}, '2026-03-01'); UPDATE profiles SET weight = weight + 1, photo = photo || '\\x01' WHERE id = ${1 + (written % 2000)};
           DELETE FROM profiles WHERE id = ${2001 + written}; INSERT INTO profiles (id, "Full Name") VALUES (${2002 + written}, 'New');
           REFRESH MATERIALIZED VIEW per_mood; SELECT lo_put(4242, ${written}, '\\x11'); SELECT nextval('tickets')`,
        );
        await wait(1);
      }
    })();
    for (let round = 0; round < 3; round += 1) {
      const before = written;
      await copy();
      expect(written).toBeGreaterThan(before);
      expect(await verify()).toMatchObject({ differing: [], differences: 0 });
    }
    stop.abort();
    await writer;
    // And it is the copy that was true, not the check that was blind: by now the source has gone on.
    await pair.sql('target', `UPDATE profiles SET weight = weight + 1 WHERE id = 1`);
    expect(await verify()).toMatchObject({ differing: ['public.profiles'], differences: 1 });
  });
});
