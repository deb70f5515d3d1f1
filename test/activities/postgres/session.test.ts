import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenSession } from '../../../activities/clients.ts';
import { sqlStateOf } from '../../../activities/postgres/postgres-failure.ts';
import { sessionOpener } from '../../../activities/postgres/session.ts';
import { openAuthority } from '../../../local/cloud/postgres/authority.ts';
import { freePort } from '../../../local/cloud/postgres/free-port.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

describe('a session', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
  });
  afterAll(() => pair.stop());

  const open: OpenSession = (login, options) => pair.clients.openSession(login, options);
  const failureOf = async (deed: Promise<unknown>): Promise<unknown> =>
    deed.then(
      () => null,
      (error: unknown) => error,
    );

  test('is named, encrypted and keeps every digit of a bigint', async () => {
    await using session = await open(pair.source, { name: 'daybreak/test/7' });
    expect(
      await session.query(
        `SELECT application_name, ssl, pid, 9007199254740993 AS big FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
          WHERE pid = pg_backend_pid()`,
      ),
    ).toEqual([{ application_name: 'daybreak/test/7', ssl: true, pid: session.pid, big: '9007199254740993' }]);
  });

  test('writes although the database is read-only by default, and is not hurried by limits of the role', async () => {
    await pair.sql(
      'source',
      `ALTER DATABASE app SET default_transaction_read_only = on; ALTER DATABASE app SET statement_timeout = '5ms';
       ALTER ROLE admin_user SET idle_in_transaction_session_timeout = '5ms'`,
    );
    await using session = await open(pair.source, { name: 'test', statementTimeoutMs: 0 });
    await session.transaction(async () => {
      await session.query('SELECT pg_sleep(0.05)');
      await session.query('CREATE TABLE written (n int)');
    });
    expect(await session.query('SELECT count(*) FROM written')).toEqual([{ count: '0' }]);
    await session.query(
      `DROP TABLE written; ALTER DATABASE app RESET ALL; ALTER ROLE admin_user RESET idle_in_transaction_session_timeout`,
    );
  });

  test('answers with the rows of the last statement', async () => {
    await using session = await open(pair.source, { name: 'test' });
    expect(await session.query('SELECT 1 AS a; SELECT 2 AS b')).toEqual([{ b: 2 }]);
  });

  test('rolls back what a failed deed did, and stays usable', async () => {
    await using session = await open(pair.source, { name: 'test' });
    const deed = session.transaction(async () => {
      await session.query('CREATE TABLE half (n int)');
      throw new Error('changed my mind');
    });
    await expect(deed).rejects.toThrow('changed my mind');
    expect(await session.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
  });

  test('does not take a COMMIT that PostgreSQL turned into a ROLLBACK for success', async () => {
    await using session = await open(pair.source, { name: 'test' });
    const deed = session.transaction(() => failureOf(session.query('SELECT 1/0')));
    await expect(deed).rejects.toThrow('nothing was committed');
  });

  test('leaves values and statements out of its failures', async () => {
    await using session = await open(pair.source, { name: 'test' });
    const failures: unknown[] = [];
    for (const sql of [
      `SELECT 'Jane Doe'::int`,
      `SELEKT 'Jane Doe'`,
      `DO $$ BEGIN RAISE 'Jane Doe is ill'; END $$`,
      `CREATE TEMP TABLE p (name text PRIMARY KEY); INSERT INTO p VALUES ('Jane Doe'), ('Jane Doe')`,
      `CREATE TEMP TABLE c (name text CHECK (name = '')); INSERT INTO c VALUES ('Jane Doe')`,
    ])
      failures.push(await failureOf(session.query(sql)));
    expect(failures.map(sqlStateOf)).toEqual(['22P02', '42601', 'P0001', '23505', '23514']);
    expect(JSON.stringify(failures, ['message', 'type', 'details', 'cause', 'code', 'detail'])).not.toContain('Jane');
    expect(failures).toMatchObject(failures.map(() => ({ type: 'DatabaseRefused', nonRetryable: true })));
    expect(failures.map((failed) => (failed instanceof Error ? failed.cause : 'no error'))).toEqual(
      failures.map(() => undefined),
    );
  });

  test('says by whom it was ended', async () => {
    const session = await open(pair.source, { name: 'test' });
    await pair.sql('source', `SELECT pg_terminate_backend(${session.pid})`);
    await session.closed;
    const failed = await failureOf(session.query('SELECT 1'));
    expect(failed).toMatchObject({ type: 'DatabaseUnreachable', nonRetryable: false });
    expect(sqlStateOf(failed)).toBe('57P01');
    await session.close();
  });

  test('ends a statement at its limit', async () => {
    await using session = await open(pair.source, { name: 'test', statementTimeoutMs: 50 });
    const failed = await failureOf(session.query('SELECT pg_sleep(30)'));
    expect(sqlStateOf(failed)).toBe('57014');
    expect(failed).toMatchObject({ type: 'DatabaseUnreachable' });
  });

  test.each([
    ['a wrong password', { password: 'env:APP_RO_PASSWORD' }, 'DatabaseRefused', '28P01'],
    ['a database that is not there', { database: 'nowhere' }, 'DatabaseRefused', '3D000'],
    ['a secret that is not there', { password: 'env:NOTHING' }, 'SecretMissing', null],
  ])('refuses %s', async (_what, over, type, state) => {
    const failed = await failureOf(open({ ...pair.source, ...over }, { name: 'test' }));
    expect(failed).toMatchObject({ type });
    expect(sqlStateOf(failed)).toBe(state);
  });

  test('is unreachable where nothing listens', async () => {
    const failed = await failureOf(open({ ...pair.source, port: await freePort() }, { name: 'test' }));
    expect(failed).toMatchObject({
      type: 'DatabaseUnreachable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(sqlStateOf(failed)).toBeNull();
  });

  test('trusts no certificate of another authority, and none that names another host', async () => {
    const other = join(pair.clients.scratch, 'other-ca');
    const { caFile } = await openAuthority(other);
    const stranger = sessionOpener({ readSecret: (ref) => pair.clients.readSecret(ref), caFile });
    expect(await failureOf(stranger(pair.source, { name: 'test' }))).toMatchObject({
      type: 'DatabaseRefused',
      message: expect.stringContaining('certificate') as string,
    });
    expect(await failureOf(open({ ...pair.source, host: 'localhost' }, { name: 'test' }))).toMatchObject({
      type: 'DatabaseRefused',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
    });
  });

  test('accepts no server without TLS', async () => {
    const plain = createServer((socket) => socket.once('data', () => socket.write('N')));
    const port = await freePort();
    await new Promise<void>((listening) => plain.listen(port, '127.0.0.1', listening));
    expect(await failureOf(open({ ...pair.source, port }, { name: 'test' }))).toMatchObject({
      type: 'DatabaseRefused',
      message: expect.stringContaining('no TLS') as string,
    });
    await new Promise((closed) => plain.close(closed));
  });

  test('sees a renewed CA file at the next login', async () => {
    const caFile = join(pair.clients.scratch, 'renewed.pem');
    await writeFile(caFile, '');
    const opener = sessionOpener({ readSecret: (ref) => pair.clients.readSecret(ref), caFile });
    expect(await failureOf(opener(pair.source, { name: 'test' }))).not.toBeNull();
    await writeFile(caFile, await readFile(pair.clients.caFile));
    await (await opener(pair.source, { name: 'test' })).close();
  });
});
