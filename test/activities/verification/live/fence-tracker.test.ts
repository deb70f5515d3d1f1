import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../../../../activities/clients.ts';
import { endOlderSessions } from '../../../../activities/cutover/custody-store.ts';
import { openTracker, type FenceTracker } from '../../../../activities/verification/live/fence-tracker.ts';
import { findingsFile } from '../../../../activities/verification/live/findings-file.ts';
import { dropSlot } from '../../../../activities/replication/slot.ts';
import { ensureTrackerSlot } from '../../../../activities/verification/live/tracker-slot.ts';
import { verifyLive } from '../../../../activities/verification/live/verify-live.ts';
import { sessionName } from '../../../../model/names.ts';
import { until } from '../../../until.ts';
import { startFollowedPair, type FollowedPair } from './followed-pair.ts';
import { KEY_TYPES, TYPED, typedTables } from './typed-tables.ts';

const TABLES = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO accounts SELECT n, 0 FROM generate_series(1, 5000) n;
CREATE TABLE branches (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO branches VALUES (1, 0);
CREATE TABLE queue (id int PRIMARY KEY, job text);
INSERT INTO queue SELECT n, 'job' FROM generate_series(1, 100) n;
${typedTables()}`;
const LOCK = 'LOCK TABLE accounts, branches, queue IN EXCLUSIVE MODE';
const write = (n: number): string =>
  `UPDATE accounts SET balance = ${n} WHERE id = ${1 + (n % 4000)}; UPDATE branches SET balance = balance + 1`;

describe('what is compared behind a fence', () => {
  const abort = new AbortController().signal;
  let stage: FollowedPair;
  let tracker: FenceTracker;
  let fence: Session;
  let source: Session;
  let target: Session;
  const open = (token = 7) => {
    const { clients, migration, ...logins } = stage.pair;
    const [giver, taker, name] = [logins.source, logins.target, sessionName(migration, token)];
    return openTracker(clients, { migration, giver, taker, feed: stage.names.forward, name });
  };

  /** As the cutover does it: lock, sentinel, its arrival, F. */
  async function drain(): Promise<string> {
    await fence.query(`BEGIN; ${LOCK}`);
    const [row] = await source.query<{ n: string }>(
      `INSERT INTO daybreak.forward_sentinel SELECT coalesce(max(n), 0) + 1 FROM daybreak.forward_sentinel RETURNING n`,
    );
    const came = async () => (await target.query(`SELECT FROM daybreak.forward_sentinel WHERE n = ${row?.n}`)).length;
    await until('the sentinel on the target', async () => (await came()) === 1, { lookMs: 1 });
    const [end] = await fence.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
    return end?.lsn ?? '';
  }

  beforeAll(async () => {
    stage = await startFollowedPair('17', TABLES);
    await verifyLive(stage.pair.clients, { ...stage.pair, direction: 'source-to-target' });
    source = await stage.pair.clients.openSession(stage.pair.source, { name: 'sentinel' });
    target = await stage.pair.clients.openSession(stage.pair.target, { name: 'sentinel' });
  });
  afterAll(async () => {
    await Promise.all([source.close(), target.close()]);
    await stage.stop();
  });
  beforeEach(async () => {
    tracker = await open();
    fence = await stage.pair.clients.openSession(stage.pair.source, { name: 'fence' });
  });
  afterEach(async () => {
    await fence.close();
    await tracker.close();
  });

  test('is the keys pending under load only, and none of them differs', async () => {
    const writers = stage.startWriters(4, write);
    await writers.progress();
    expect(await tracker.settle(abort)).toMatchObject({ differing: [] });
    await writers.progress();
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ wholeTables: 0, differing: [] });
    await fence.query('ROLLBACK');
    await writers.stop();
  });

  test('holds the row that was lost on its way', async () => {
    // The subscription passes over it, as a conflict would make it.
    await stage.pair.sql('source', 'UPDATE accounts SET balance = 1 WHERE id = 4500');
    await tracker.settle(abort);
    await stage.pair.sql('target', 'DELETE FROM accounts WHERE id = 4501');
    await stage.pair.sql('source', 'UPDATE accounts SET balance = 2 WHERE id IN (4500, 4501)');
    expect(await tracker.settle(abort)).toMatchObject({ pending: 1, whole: [], differing: ['public.accounts'] });
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ keys: 1, differing: ['public.accounts'] });
    const file = findingsFile(stage.pair.clients, stage.pair.migration);
    expect(await readFile(file, 'utf8')).toBe('{"schema":"public","table":"accounts","key":["4501"]}\n');
    await fence.query('ROLLBACK');

    // What differed is still pending for whoever comes next, however the tracker ended.
    await tracker.close();
    tracker = await open();
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ differing: ['public.accounts'] });
    await stage.pair.sql('target', 'INSERT INTO accounts VALUES (4501, 2)');
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ differing: [] });
    await fence.query('ROLLBACK');
  });

  test('is a whole table after TRUNCATE', async () => {
    await stage.pair.sql('source', `TRUNCATE queue; INSERT INTO queue VALUES (1, 'new')`);
    expect(await tracker.settle(abort)).toMatchObject({ whole: ['public.queue'], differing: [] });
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ wholeTables: 1, differing: [] });
    await fence.query('ROLLBACK');
    await stage.pair.sql('source', 'TRUNCATE queue');
    const upTo = await drain();
    await stage.pair.sql('target', `INSERT INTO queue VALUES (5, 'stray')`);
    expect(await tracker.finish(upTo, abort)).toMatchObject({ wholeTables: 1, differing: ['public.queue'] });
    await fence.query('ROLLBACK');
    await stage.pair.sql('target', 'DELETE FROM queue');
  });

  test('misses nothing when the connection it is read through is ended', async () => {
    const reader = `SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = '${stage.names.tracker}' AND active_pid IS NOT NULL`;
    const [first] = await source.query<{ pid: number }>(reader);
    // Applied only after both rows are gone: one changed before the end of the connection, one after.
    await target.query('BEGIN; LOCK TABLE accounts IN EXCLUSIVE MODE; DELETE FROM accounts WHERE id IN (4601, 4603)');
    await source.query('UPDATE accounts SET balance = 3 WHERE id IN (4601, 4602)');
    await source.query(`SELECT pg_terminate_backend(${first?.pid})`);
    await source.query('UPDATE accounts SET balance = 4 WHERE id IN (4602, 4603)');
    await until('another connection', async () => {
      const [now] = await source.query<{ pid: number }>(reader);
      return now !== undefined && now.pid !== first?.pid;
    });
    await target.query('COMMIT');
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ differing: ['public.accounts'] });
    const lines = await readFile(findingsFile(stage.pair.clients, stage.pair.migration), 'utf8');
    expect([...lines.matchAll(/\["(\d+)"\]/g)].map(([, id]) => id)).toEqual(['4601', '4603']);
    await fence.query('ROLLBACK');
    await target.query('INSERT INTO accounts VALUES (4601, 3), (4603, 4)');
  });

  test('is every row of a key of whatever type', async () => {
    // Rows that are gone on the target: an update finds nothing there, and has to be found by its key on the source.
    await target.query(`BEGIN; ${TYPED.map((table) => `LOCK TABLE ${table}; DELETE FROM ${table}`).join(';')}`);
    for (const table of TYPED) await source.query(`UPDATE ${table} SET n = n + 1`);
    await target.query('COMMIT');
    expect(await tracker.finish(await drain(), abort)).toMatchObject({
      differing: TYPED.map((table) => `public.${table}`).toSorted(),
    });
    const lines = (await readFile(findingsFile(stage.pair.clients, stage.pair.migration), 'utf8'))
      .trimEnd()
      .split('\n');
    const values = Object.values(KEY_TYPES).flat().length;
    expect(lines).toHaveLength(2 * values + TYPED.length / 2);
    await fence.query('ROLLBACK');
    await source.query(TYPED.map((table) => `TRUNCATE ${table}`).join(';'));
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ wholeTables: TYPED.length, differing: [] });
    await fence.query('ROLLBACK');
  });

  test("is a successor's as soon as that has ended the sessions of an attempt", async () => {
    const overtaken = tracker;
    await endOlderSessions(source, stage.pair.migration, 8);
    await endOlderSessions(target, stage.pair.migration, 8);
    tracker = await open(8);
    await source.query('UPDATE branches SET balance = -1');
    const upTo = await drain();
    await expect(overtaken.finish(upTo, abort)).rejects.toMatchObject({ type: 'DatabaseUnreachable' });
    expect(await tracker.finish(upTo, abort)).toMatchObject({ differing: [] });
    await overtaken.close();
    await fence.query('ROLLBACK');
  });

  test('ends at once when the attempt is aborted', async () => {
    await source.query(`INSERT INTO branches VALUES (2, 0)`);
    const upTo = await drain();
    await target.query('BEGIN; LOCK TABLE branches IN ACCESS EXCLUSIVE MODE');
    const attempt = new AbortController();
    const finishing = tracker.finish(upTo, attempt.signal);
    attempt.abort(new Error('the budget is spent'));
    await expect(finishing).rejects.toThrow('the budget is spent');
    await target.query('ROLLBACK');
    await fence.query('ROLLBACK');
  });

  test('cannot be told where the slot is gone, and is what came after it where tracking began anew', async () => {
    expect(await dropSlot(source, stage.names.tracker)).toBe(true);
    expect(await dropSlot(source, stage.names.tracker)).toBe(false);
    await expect(open()).rejects.toMatchObject({ type: 'VerificationFailed' });
    // Both rows are gone on the target when their changes come: only the second is looked for.
    await target.query('BEGIN; LOCK TABLE accounts IN EXCLUSIVE MODE; DELETE FROM accounts WHERE id IN (4701, 4702)');
    await source.query('UPDATE accounts SET balance = 7 WHERE id = 4701');
    await ensureTrackerSlot(source, stage.names.tracker);
    await source.query('UPDATE accounts SET balance = 7 WHERE id = 4702');
    await target.query('COMMIT');
    tracker = await open();
    expect(await tracker.finish(await drain(), abort)).toMatchObject({ keys: 1, differing: ['public.accounts'] });
    const file = findingsFile(stage.pair.clients, stage.pair.migration);
    expect(await readFile(file, 'utf8')).toBe('{"schema":"public","table":"accounts","key":["4702"]}\n');
    // A reader does not keep it.
    expect(await dropSlot(source, stage.names.tracker)).toBe(true);
    await ensureTrackerSlot(source, stage.names.tracker);
    await fence.query('ROLLBACK');
  });
});
