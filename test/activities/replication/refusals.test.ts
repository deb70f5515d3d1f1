import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { leaseName } from '../../../activities/copy/live/lease.ts';
import { connectionString } from '../../../activities/replication/connection-string.ts';
import { armReverse } from '../../../activities/replication/arm-reverse.ts';
import { awaitCatchUp } from '../../../activities/replication/await-catch-up.ts';
import { dropReplication } from '../../../activities/replication/drop-replication.ts';
import { feedGaps } from '../../../activities/replication/feed-gaps.ts';
import { followSource } from '../../../activities/replication/follow-source.ts';
import { prepareReplication } from '../../../activities/replication/prepare-replication.ts';
import { probeFeeds } from '../../../activities/replication/sentinel.ts';
import type { Clients } from '../../../activities/clients.ts';
import type { Sides } from '../../../activities/contract.ts';
import { until } from '../../until.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let clients: Clients;
let sides: Sides;

const opened = openStage({ source: '15', target: '17' });
beforeEach(async () => {
  stage = await opened;
  ({ clients } = stage.pair);
  sides = stage.pair;
  await dropReplication(clients, sides);
});
afterAll(async () => await (await opened)[Symbol.asyncDispose]());

const custodyOfTarget = (state: string): Promise<unknown> =>
  stage.pair.sql('target', `UPDATE daybreak.custody SET state = '${state}'`);

describe('preparing', () => {
  test('refuses a table without identity before its UPDATE and DELETE would fail, and changes nothing', async () => {
    await stage.pair.sql('source', 'CREATE TABLE bare (id int)');
    await expect(prepareReplication(clients, sides)).rejects.toMatchObject({
      type: 'AssessmentRefused',
      message: expect.stringContaining('bare'),
    });
    await stage.pair.sql('source', 'INSERT INTO bare VALUES (1); DELETE FROM bare; DROP TABLE bare');
    expect(await stage.column('source', 'SELECT pubname FROM pg_publication')).toEqual([]);
  });

  test('takes up tables made since, until the slot relies on the publication', async () => {
    await prepareReplication(clients, sides);
    await stage.pair.sql('source', 'CREATE TABLE early (id int PRIMARY KEY)');
    await stage.follow().catch(() => undefined);
    await stage.pair.sql('source', 'CREATE TABLE late (id int PRIMARY KEY)');
    await prepareReplication(clients, sides);
    const published = await stage.column('source', 'SELECT tablename FROM pg_publication_tables');
    await stage.pair.sql('source', 'DROP TABLE early, late');
    expect(published).toContain('early');
    expect(published).not.toContain('late');
  });
});

describe('following', () => {
  test('needs the slot the copy was made from', async () => {
    await prepareReplication(clients, sides);
    await expect(followSource(clients, sides)).rejects.toMatchObject({
      type: 'CopyFailed',
      message: expect.stringContaining('found none'),
    });
  });

  test('refuses to leave a table out in silence', async () => {
    await stage.follow();
    await stage.pair.sql('source', 'CREATE TABLE newcomer (id int PRIMARY KEY)');
    await expect(followSource(clients, sides)).rejects.toMatchObject({
      type: 'CopyFailed',
      message: expect.stringContaining('public.newcomer'),
    });
    await stage.pair.sql('source', 'DROP TABLE newcomer');
  });

  test('a look that finds the target behind says by how much and why', async () => {
    await stage.follow();
    await stage.pair.sql('target', `ALTER SUBSCRIPTION ${stage.names.forward} DISABLE`);
    await stage.pair.sql('source', `INSERT INTO visits (note) SELECT repeat('x', 1000) FROM generate_series(1, 2000)`);
    const look = (): Promise<string> =>
      awaitCatchUp(clients, { ...sides, maxLagBytes: 1000 }).then(
        () => 'within the bound',
        ({ message }: Error) => message,
      );
    await until('the worker to be gone', async () => (await look()).includes('does not run'));
    expect(await look()).toMatch(
      /^the target is [\d.]+ MB behind; wanted at most 1000 B; its apply worker does not run/,
    );
  });

  test('a slot that was dropped is no lag that passes', async () => {
    await prepareReplication(clients, sides);
    await expect(awaitCatchUp(clients, { ...sides, maxLagBytes: 1000 })).rejects.toMatchObject({
      type: 'CopyFailed',
      message: expect.stringContaining('gone'),
    });
  });
});

describe('arming the way back', () => {
  test('is refused once the target takes writes, and the way back left as it is', async () => {
    await stage.follow();
    await armReverse(clients, sides);
    await custodyOfTarget('taken');
    await stage.pair.sql('target', 'CREATE TABLE deployed (id int PRIMARY KEY)');
    const role = `SELECT oid FROM pg_roles WHERE rolname = '${stage.names.role}'`;
    const before = await stage.column('target', role);
    await expect(armReverse(clients, sides)).rejects.toMatchObject({
      type: 'CustodyHeldElsewhere',
      message: expect.stringContaining('taken'),
    });
    expect(await stage.column('target', role)).toEqual(before);
    await custodyOfTarget('closed');
    await stage.pair.sql('target', 'DROP TABLE deployed');
    await using source = await stage.open('source');
    await using target = await stage.open('target');
    await probeFeeds(source, target, { ending: stage.feeds.forward, beginning: stage.feeds.reverse });
  });

  test('again after a table came to both sides teaches the source that table', async () => {
    await stage.follow();
    await armReverse(clients, sides);
    for (const side of ['source', 'target'] as const)
      await stage.pair.sql(side, 'CREATE TABLE added (id int PRIMARY KEY)');
    await using source = await stage.open('source');
    await using target = await stage.open('target');
    expect(await feedGaps(target, source, stage.names.reverse)).toEqual(['public.added']);
    await expect(
      probeFeeds(source, target, { ending: stage.feeds.forward, beginning: stage.feeds.reverse }),
    ).rejects.toMatchObject({ type: 'VerificationFailed', message: expect.stringContaining('public.added') });
    await armReverse(clients, sides);
    expect(await feedGaps(target, source, stage.names.reverse)).toEqual([]);
    for (const side of ['source', 'target'] as const) await stage.pair.sql(side, 'DROP TABLE added');
  });

  test('is refused where only the target has a table', async () => {
    await stage.follow();
    await stage.pair.sql('target', 'CREATE TABLE alone (id int PRIMARY KEY)');
    await expect(armReverse(clients, sides)).rejects.toMatchObject({ type: 'DatabaseRefused' });
    await stage.pair.sql('target', 'DROP TABLE alone');
  });
});

test('a feed without a worker is not trusted', async () => {
  await stage.follow();
  await armReverse(clients, sides);
  await using source = await stage.open('source');
  await using target = await stage.open('target');
  await source.query(`ALTER SUBSCRIPTION ${stage.names.reverse} DISABLE`);
  await until('the worker to end', async () => {
    const workers = await source.query('SELECT FROM pg_stat_subscription WHERE pid IS NOT NULL');
    return workers.length === 0;
  });
  const { forward, reverse } = stage.feeds;
  await expect(
    probeFeeds(source, target, { ending: forward, beginning: reverse }, { limitMs: 0 }),
  ).rejects.toMatchObject({
    type: 'ResourceNotReady',
    message: expect.stringContaining(`${stage.names.reverse} has no apply worker`),
  });
});

describe('dropping', () => {
  test('ends the lease of a copy that was given up', async () => {
    const lease = await clients.openSession(sides.source, { name: leaseName(sides.migration) });
    expect(await dropReplication(clients, sides)).toBe('undone');
    await lease.closed;
  });

  const nowhere = (): Sides => ({ ...sides, target: { ...sides.target, port: 1 } });

  test('frees the source of a target that is gone, though its worker would come back to the slot', async () => {
    await stage.follow();
    expect(await dropReplication(clients, nowhere())).toBe('undone');
    expect(await stage.column('source', 'SELECT slot_name FROM pg_replication_slots')).toEqual([]);
    expect(await dropReplication(clients, nowhere())).toBe('absent');
  });

  test('does not count as done while a target that took the writes cannot be asked', async () => {
    await stage.follow();
    await stage.pair.sql('source', `UPDATE daybreak.custody SET state = 'given'`);
    await expect(dropReplication(clients, nowhere())).rejects.toMatchObject({ type: 'DatabaseUnreachable' });
    await stage.pair.sql('source', `UPDATE daybreak.custody SET state = 'open'`);
  });

  test('cleans the target and is asked for again while the source cannot be reached', async () => {
    await stage.follow();
    await expect(dropReplication(clients, { ...sides, source: { ...sides.source, port: 1 } })).rejects.toMatchObject({
      type: 'DatabaseUnreachable',
    });
    expect(await stage.column('target', 'SELECT subname FROM pg_subscription')).toEqual([]);
  });
});

test('a connection string quotes what a name may hold', () => {
  const login = { host: 'db.example', port: 5432, database: `it's a\\b`, role: 'r', password: 'p' };
  expect(connectionString(login)).toContain(
    `host='db.example' port='5432' dbname='it\\'s a\\\\b' user='r' password='p' sslmode='require' channel_binding='require'`,
  );
});
