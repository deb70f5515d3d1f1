import { execa } from 'execa';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { divideArchive, fitForTransaction } from '../../../activities/copy/archive-list.ts';
import type { CopyProgress } from '../../../activities/copy/copy-progress.ts';
import { copySnapshot } from '../../../activities/copy/copy-snapshot.ts';
import { programFailure } from '../../../activities/copy/program-failure.ts';
import { dropWorkingCopy, makeWorkingCopy } from '../../../activities/copy/working-copy.ts';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import { verifyCopy } from '../../../activities/verification/verify-copy.ts';
import { shortId } from '../../../model/names.ts';
import { freePort } from '../../../local/cloud/postgres/free-port.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

describe('a copy that fails', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
    await pair.sql(
      'source',
      `CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT n, 'Jane Doe ' || n FROM generate_series(1, 200000) n`,
      'app_rw',
    );
    await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'run' });
  });
  afterAll(() => pair.stop());

  const copy = (
    over: Partial<Pair> = {},
    abort = new AbortController().signal,
    heartbeat: (beat: CopyProgress) => void = () => {},
  ) => copySnapshot(pair.clients, { ...pair, ...over, jobs: 2, token: 0 }, { abort, heartbeat });
  const failureOf = (deed: Promise<unknown>): Promise<unknown> =>
    deed.then(
      () => null,
      (error: unknown) => error,
    );
  const leftBehind = async (): Promise<unknown> => ({
    folders: await readdir(join(pair.clients.scratch, shortId(pair.migration))),
    sessions: [
      ...(await pair.sql('source', `SELECT query FROM pg_stat_activity WHERE application_name ~ '^daybreak'`)),
      ...(await pair.sql('target', `SELECT query FROM pg_stat_activity WHERE application_name ~ '^daybreak'`)),
    ],
    programs: (await execa('ps', ['-eo', 'args'])).stdout
      .split('\n')
      .filter((line) => line.includes(pair.clients.scratch)),
  });
  const NOTHING = { folders: [], sessions: [], programs: [] };

  test.each(['dump', 'restore'] as const)(
    'is stopped in its %s when aborted: no program, session or folder is left',
    async (stage) => {
      const abort = new AbortController();
      const stopped = await failureOf(
        copy({}, abort.signal, (beat) => {
          if (beat.stage === stage) setImmediate(() => abort.abort(new Error('the operator stopped it')));
        }),
      );
      expect(stopped).toMatchObject({ message: 'the operator stopped it' });
      await expect.poll(leftBehind, { timeout: 10_000 }).toEqual(NOTHING);
      await expect(verifyCopy(pair.clients, pair)).rejects.toMatchObject({ type: 'VerificationFailed' });
      await copy();
      expect(await verifyCopy(pair.clients, pair)).toMatchObject({ rows: 200_000, differences: 0 });
    },
  );

  test('does not begin when it is aborted already', async () => {
    await expect(copy({}, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(await verifyCopy(pair.clients, pair)).toMatchObject({ differences: 0 });
  });

  test('for want of a right names the table, and leaves nothing running', async () => {
    await pair.servers.source.sql('CREATE TABLE not_ours (id int)', [], 'app');
    const failed = await failureOf(copy());
    await pair.servers.source.sql('DROP TABLE not_ours', [], 'app');
    // Said by pg_dump or by the fingerprints, whichever comes first.
    expect(failed).toMatchObject({
      type: expect.stringMatching(/^(CopyFailed|DatabaseRefused)$/) as string,
      message: expect.stringContaining('not_ours') as string,
    });
    await expect.poll(leftBehind, { timeout: 10_000 }).toEqual(NOTHING);
  });

  test('over a row the target refuses names the place and not the row', async () => {
    const fits = (body: string) =>
      `CREATE OR REPLACE FUNCTION fits(t text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ${body} END $$`;
    await pair.sql(
      'source',
      `${fits('RETURN true;')}; CREATE TABLE picky AS SELECT name FROM people LIMIT 10; CREATE INDEX ON picky (fits(name));
       ${fits(`RAISE 'not %', t;`)}`,
      'app_rw',
    );
    const failed = await failureOf(copy());
    expect(failed).toMatchObject({ type: 'CopyFailed', message: expect.stringContaining('pg_restore') as string });
    expect(JSON.stringify([failed, failed instanceof Error && failed.message])).not.toContain('Jane');
    await pair.sql('source', 'DROP TABLE picky; DROP FUNCTION fits', 'app_rw');
    await expect.poll(leftBehind, { timeout: 10_000 }).toEqual(NOTHING);
  });

  test('for want of a server may be tried again', async () => {
    const nowhere = { ...pair.source, port: await freePort() };
    expect(await failureOf(copy({ source: nowhere }))).toMatchObject({
      type: 'DatabaseUnreachable',
      nonRetryable: false,
    });
    // A view that takes long to fill only where it is restored, so that the moment is certain.
    const slow = (body: string) => `CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE sql AS '${body}'`;
    await pair.sql(
      'source',
      `${slow('SELECT 1')}; CREATE MATERIALIZED VIEW lazy AS SELECT slow(); ${slow('SELECT 1 FROM pg_sleep(30)')}`,
      'app_rw',
    );
    const copying = failureOf(copy());
    const terminated = async (): Promise<number | null> => {
      const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^daybreak' AND query ~ '^REFRESH'`;
      return (await pair.servers.target.sql(sql)).rowCount;
    };
    await expect.poll(terminated, { timeout: 20_000 }).toBe(1);
    const lost = await copying;
    await pair.sql('source', 'DROP MATERIALIZED VIEW lazy; DROP FUNCTION slow', 'app_rw');
    expect(lost).toMatchObject({ type: 'DatabaseUnreachable', nonRetryable: false });
    await expect.poll(leftBehind, { timeout: 10_000 }).toEqual(NOTHING);
  });

  test('for want of the program says which', async () => {
    const clients = { ...pair.clients, programs: { ...pair.clients.programs, pgDump: '/nowhere/pg_dump' } };
    const abort = new AbortController().signal;
    await expect(
      copySnapshot(clients, { ...pair, jobs: 1, token: 0 }, { abort, heartbeat: () => {} }),
    ).rejects.toMatchObject({
      type: 'CopyFailed',
      message: expect.stringContaining('/nowhere/pg_dump') as string,
    });
  });
});

describe('what pg_dump and pg_restore say', () => {
  test.each([
    [
      'COPY failed for table "people": ERROR:  invalid input syntax for type integer: "Jane"',
      'CopyFailed',
      'COPY failed for table "people"',
    ],
    ['could not execute query: ERROR:  Jane Doe is ill', 'CopyFailed', 'could not execute query'],
    ['could not execute query: ERROR:  value "Jane" is too long', 'CopyFailed', 'could not execute query'],
    [
      'could not execute query: ERROR:  could not create unique index "people_pkey"',
      'CopyFailed',
      'could not create unique index "people_pkey"',
    ],
    ['query failed: ERROR:  permission denied for table people', 'CopyFailed', 'permission denied for table people'],
    [
      'connection to server at "db", port 5432 failed: FATAL:  password authentication failed for user "u"',
      'CopyFailed',
      'password authentication failed',
    ],
    ['connection to server at "db", port 5432 failed: Connection refused', 'DatabaseUnreachable', 'Connection refused'],
    [
      'query failed: FATAL:  terminating connection due to administrator command',
      'DatabaseUnreachable',
      'terminating connection',
    ],
    [
      'could not execute query: server closed the connection unexpectedly',
      'DatabaseUnreachable',
      'server closed the connection',
    ],
    ['a worker process died unexpectedly', 'CopyFailed', 'worker process died'],
  ])('%s', (line, type, kept) => {
    const failed = programFailure('pg_restore', [line, 'later'], '1');
    expect(failed).toMatchObject({ type, message: expect.stringContaining(kept) as string });
    expect(failed.message).not.toContain('Jane');
  });

  test('nothing: then how it ended is said', () => {
    expect(programFailure('pg_dump', [], 'SIGKILL').message).toBe('pg_dump ended with SIGKILL and gave no reason');
  });
});

describe('the list of an archive', () => {
  const list = [
    ';',
    '; Selected TOC Entries:',
    '1; 2615 2200 SCHEMA - public pg_database_owner',
    '2; 0 0 COMMENT - SCHEMA public pg_database_owner',
    '3; 0 0 ACL - SCHEMA public pg_database_owner',
    '4; 3079 1 EXTENSION - hstore ',
    '5; 0 0 COMMENT - EXTENSION hstore ',
    '6; 1259 7 TABLE public SCHEMA app_rw',
    '7; 0 7 TABLE DATA public SCHEMA app_rw',
    '8; 0 0 ACL public TABLE "SCHEMA" app_rw',
    '9; 826 9 DEFAULT ACL public DEFAULT PRIVILEGES FOR TABLES app_rw',
    '10; 3466 10 EVENT TRIGGER - guard admin_user',
    '11; 0 0 COMMENT public TABLE "ACL" app_rw',
  ].join('\n');

  test('is divided by who can restore an entry, and each is restored once or made before', () => {
    const { restored, byMaster } = divideArchive(list);
    const ids = (text: string): number[] =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => Number.parseInt(line, 10));
    expect(ids(restored)).toEqual([6, 7, 11]);
    expect(ids(byMaster)).toEqual([8, 9, 10]);
  });

  test('becomes a script without what concerns its session, in which a grantor is a role', () => {
    const script = [
      `\\restrict abc`,
      '-- comment',
      'SET statement_timeout = 0;',
      `SELECT pg_catalog.set_config('search_path', '', false);`,
      'GRANT SELECT ON TABLE "t" TO "a";',
      'SET SESSION AUTHORIZATION "b";',
      'GRANT SELECT ON TABLE "t" TO "c";',
      'RESET SESSION AUTHORIZATION;',
    ].join('\n');
    expect(fitForTransaction(script).split('\n')).toEqual([
      'GRANT SELECT ON TABLE "t" TO "a";',
      'SET LOCAL ROLE "b";',
      'GRANT SELECT ON TABLE "t" TO "c";',
      'SET LOCAL ROLE NONE;',
    ]);
  });
});

test('a working copy is for its user alone, fresh for every attempt, and goes when told', async () => {
  await using pair = await startPair({ source: '15', target: '15' });
  const migration = 'daybreak/other';
  expect(await dropWorkingCopy(pair.clients, { migration })).toBe('absent');
  const first = await makeWorkingCopy(pair.clients, migration);
  expect((await stat(first.folder)).mode & 0o777).toBe(0o700);
  const second = await makeWorkingCopy(pair.clients, migration);
  await expect(stat(first.folder)).rejects.toThrow('ENOENT');
  expect(second.folder).not.toBe(first.folder);
  expect(await dropWorkingCopy(pair.clients, { migration })).toBe('undone');
  expect(await dropWorkingCopy(pair.clients, { migration })).toBe('absent');
});
