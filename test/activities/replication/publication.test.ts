import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../../activities/clients.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { beginPublishing, endPublishing } from '../../../activities/replication/publication.ts';
import { publishedTables } from '../../../activities/replication/published-tables.ts';
import { awaitSentinel, sendSentinel } from '../../../activities/replication/sentinel.ts';
import { installSentinels } from '../../../activities/replication/sentinel-schema.ts';
import { slotHealth } from '../../../activities/replication/slot-health.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

const SENTINEL = 'daybreak.forward_sentinel';

let pair: Pair;
let session: Session;

beforeAll(async () => {
  pair = await startPair({ source: '15', target: '17' });
  session = await pair.clients.openSession(pair.source, { name: 'test' });
  await installCustody(session, { migration: pair.migration, run: 'run', state: 'open' });
  await installSentinels(session);
  await pair.sql(
    'source',
    `CREATE SCHEMA "odd name"; CREATE TABLE "odd name"."Table, here" (id int PRIMARY KEY);
     CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (extra int) INHERITS (parent);
     CREATE TABLE days (day int PRIMARY KEY) PARTITION BY RANGE (day);
     CREATE TABLE days_low PARTITION OF days FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (day);
     CREATE TABLE days_lowest PARTITION OF days_low FOR VALUES FROM (0) TO (5);
     CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY);
     CREATE UNLOGGED TABLE mixed (id int PRIMARY KEY) PARTITION BY RANGE (id);
     CREATE TABLE mixed_kept PARTITION OF mixed FOR VALUES FROM (0) TO (10);
     CREATE VIEW looking AS SELECT 1 AS one; CREATE MATERIALIZED VIEW filled AS SELECT 1 AS one`,
  );
  await session.query(`CREATE PUBLICATION p FOR TABLE ${SENTINEL}`);
});
afterAll(async () => {
  await session.close();
  await pair.stop();
});

const published = async (): Promise<string[]> =>
  (
    await pair.sql<{ name: string }>(
      'source',
      `SELECT schemaname || '.' || tablename AS name FROM pg_publication_tables WHERE pubname = 'p' ORDER BY 1`,
    )
  ).map(({ name }) => name);

test('a partition tree is listed by its permanent root, what never reaches the WAL not at all', async () => {
  expect(await publishedTables(session)).toEqual([
    '"odd name"."Table, here"',
    'public.parent',
    'public.child',
    'public.days',
    'public.mixed_kept',
  ]);
});

test('publishing begins with everything and ends with the sentinel only, whatever it was before', async () => {
  const all = [
    SENTINEL,
    'odd name.Table, here',
    'public.child',
    'public.days_lowest',
    'public.mixed_kept',
    'public.parent',
  ];
  for (let round = 0; round < 2; round += 1) {
    await beginPublishing(session, 'p', SENTINEL);
    await beginPublishing(session, 'p', SENTINEL);
    expect(await published()).toEqual(all);
    await endPublishing(session, 'p', SENTINEL);
    await endPublishing(session, 'p', SENTINEL);
    expect(await published()).toEqual([SENTINEL]);
  }
});

test('publishing belongs to the transaction of the caller', async () => {
  const undone = session.transaction(async () => {
    await beginPublishing(session, 'p', SENTINEL);
    throw new Error('thought better of it');
  });
  await expect(undone).rejects.toThrow('thought better of it');
  expect(await published()).toEqual([SENTINEL]);
});

test('a publication that does not exist is refused by name', async () => {
  await expect(beginPublishing(session, 'absent', SENTINEL)).rejects.toMatchObject({
    type: 'DatabaseRefused',
    message: expect.stringContaining('"absent" does not exist'),
  });
  await expect(endPublishing(session, 'absent', SENTINEL)).rejects.toMatchObject({ type: 'DatabaseRefused' });
});

test('a sentinel that is here is seen at once, one that is not within the limit, and an abort ends the wait', async () => {
  const abort = new AbortController();
  const n = await sendSentinel(session, SENTINEL);
  await awaitSentinel(session, SENTINEL, n, { abort: abort.signal, limitMs: 0 });
  await expect(awaitSentinel(session, SENTINEL, n + 1n, { abort: abort.signal, limitMs: 20 })).rejects.toMatchObject({
    type: 'ResourceNotReady',
    message: expect.stringContaining(`sentinel ${n + 1n} did not arrive within 20 ms`),
  });
  const waiting = awaitSentinel(session, SENTINEL, n + 1n, { abort: abort.signal, limitMs: 60_000 });
  abort.abort(new Error('the attempt was cancelled'));
  await expect(waiting).rejects.toThrow('the attempt was cancelled');
});

test('sentinels made anew never use a number of earlier ones', async () => {
  const before = await sendSentinel(session, SENTINEL);
  await session.query('BEGIN; DROP TABLE daybreak.forward_sentinel');
  await installSentinels(session);
  const after = await sendSentinel(session, SENTINEL);
  await session.query('ROLLBACK');
  expect(after).toBeGreaterThan(before);
});

test('a slot tells how much WAL it keeps and how far its reader is behind', async () => {
  expect(await slotHealth(session, 'watched')).toBeNull();
  await session.query(`SELECT pg_create_logical_replication_slot('watched', 'pgoutput')`);
  const fresh = await slotHealth(session, 'watched');
  expect(fresh).toMatchObject({ active: false, walStatus: 'reserved', safeBytes: null });
  await session.query(`SELECT pg_logical_emit_message(true, 'test', repeat('x', 100000))`);
  const behind = await slotHealth(session, 'watched');
  await session.query(`SELECT pg_drop_replication_slot('watched')`);
  expect(behind?.lagBytes).toBeGreaterThanOrEqual((fresh?.lagBytes ?? 0) + 100_000);
  expect(behind?.retainedBytes).toBeGreaterThanOrEqual(behind?.lagBytes ?? Infinity);
});
