import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../../../activities/clients.ts';
import { databaseArgument, runProgram } from '../../../activities/copy/client-program.ts';
import { copySnapshot } from '../../../activities/copy/copy-snapshot.ts';
import { claimTarget, demandClaim, rolesOfCopies, type TargetClaim } from '../../../activities/copy/target-claim.ts';
import { layGroundwork } from '../../../activities/copy/groundwork.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { postgresActivities } from '../../../activities/postgres/index.ts';
import { sqlStateOf } from '../../../activities/postgres/postgres-failure.ts';
import { verifyCopy } from '../../../activities/verification/verify-copy.ts';
import { sessionName } from '../../../model/names.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

const NOTHING = {
  schemas: [{ name: 'public', owner: null, comment: null, privileges: [] }],
  extensions: [],
  owned: [],
};

describe('a claim of the target', () => {
  let pair: Pair;
  const sessions: Session[] = [];
  beforeAll(async () => {
    pair = await startPair({ source: '15', target: '17' });
    await pair.sql('source', 'CREATE TABLE people AS SELECT n AS id FROM generate_series(1, 1000) n', 'app_rw');
  });
  beforeEach(async () => {
    await pair.sql('source', 'DROP SCHEMA IF EXISTS daybreak CASCADE');
    await pair.sql('target', 'DROP SCHEMA IF EXISTS daybreak CASCADE');
    await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'run' });
  });
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close()));
  });
  afterAll(() => pair.stop());

  async function into(token = 0): Promise<Session> {
    const session = await pair.clients.openSession(pair.target, { name: sessionName(pair.migration, token) });
    sessions.push(session);
    return session;
  }
  const source = (): Promise<Session> => pair.clients.openSession(pair.source, { name: 'test' });
  const claim = (session: Session, token = 0): Promise<TargetClaim> =>
    claimTarget(source, session, { migration: pair.migration, token });
  const copy = (token = 0) =>
    copySnapshot(
      pair.clients,
      { ...pair, jobs: 2, token },
      { abort: new AbortController().signal, heartbeat: () => {} },
    );
  const raise = (token: number) => pair.sql('target', `UPDATE daybreak.custody SET token = ${token}`);
  /** pg_restore's way in: the master user's login, on which the attempt's role is taken at once. */
  const restoreLogin = async ({ role }: TargetClaim, statement: string): Promise<unknown> => {
    await using work = await pair.clients.openSession(pair.target, { name: 'test' });
    return await work.query(`SET ROLE ${role}; ${statement}`).catch((error: unknown) => error);
  };

  test('lets the last one win: what an earlier rehearsal does afterwards is refused', async () => {
    const first = await into();
    const older = await claim(first);
    await layGroundwork(first, pair.migration, older, NOTHING);
    // A second rehearsal ends the sessions of the first.
    const newer = await claim(await into());
    await first.closed;
    const thawed = await into();
    await expect(thawed.transaction(() => demandClaim(thawed, older))).rejects.toMatchObject({ type: 'TokenOutdated' });
    await expect(layGroundwork(thawed, pair.migration, older, NOTHING)).rejects.toMatchObject({
      type: 'TokenOutdated',
    });
    await layGroundwork(thawed, pair.migration, newer, NOTHING);
    expect(await rolesOfCopies(thawed, pair.migration)).toEqual([newer.role]);
  });

  test('shuts out a pg_restore that connects only after it', async () => {
    const first = await into();
    const older = await claim(first);
    await layGroundwork(first, pair.migration, older, NOTHING);
    expect(await restoreLogin(older, 'CREATE TABLE public.early (id int)')).toEqual([]);
    await claim(await into());
    expect(sqlStateOf(await restoreLogin(older, 'CREATE TABLE public.late (id int)'))).toBe('42501');
    await copy();
    expect(sqlStateOf(await restoreLogin(older, 'CREATE TABLE public.later (id int)'))).toBe('22023');
    expect(
      await pair.sql('target', `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`),
    ).toEqual([{ relname: 'people' }]);
  });

  test('leaves a session without any right whose role was dropped under it', async () => {
    const first = await into();
    const older = await claim(first);
    await layGroundwork(first, pair.migration, older, NOTHING);
    await using stale = await pair.clients.openSession(pair.target, { name: 'frozen' });
    await stale.query(`SET ROLE ${older.role}; SET search_path = public`);
    await copy();
    for (const statement of [
      'CREATE TABLE t (id int)',
      'INSERT INTO people VALUES (1)',
      'DROP TABLE people',
      'SELECT id FROM people',
    ])
      expect(sqlStateOf(await stale.query(statement).catch((error: unknown) => error))).toBe('42501');
    expect(await verifyCopy(pair.clients, pair)).toMatchObject({ differences: 0 });
  });

  test('ends a pg_restore that was stopped, and what it does when it goes on changes nothing', async () => {
    // Stopped by a lock it waits for: the moment is certain, and its sessions are real.
    await copy();
    const first = await into();
    const older = await claim(first);
    const lock = await pair.clients.openSession(pair.target, { name: 'lock' });
    await layGroundwork(first, pair.migration, older, NOTHING);
    await lock.query(
      `BEGIN; SET ROLE ${older.role}; CREATE TABLE public.blocker (id int); COMMIT; BEGIN; LOCK TABLE public.blocker`,
    );
    const waiting = pair.clients
      .openSession(pair.target, { name: sessionName(pair.migration, 0) })
      .then(async (session) => {
        await session.query(`SET ROLE ${older.role}`);
        return session.query('INSERT INTO public.blocker VALUES (1)').catch((error: unknown) => error);
      });
    await expect
      .poll(() => pair.sql('target', `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`), {
        timeout: 10_000,
      })
      .toHaveLength(1);
    const second = await into();
    await claim(second);
    expect(sqlStateOf(await waiting)).toBe('57P01');
    await lock.close();
  });

  test('survives a pg_restore that was frozen and goes on when another copy is finished', async () => {
    const slow = (body: string) => `CREATE OR REPLACE FUNCTION slow() RETURNS int LANGUAGE sql AS '${body}'`;
    await pair.sql('source', `${slow('SELECT 1')}; CREATE MATERIALIZED VIEW lazy AS SELECT slow()`, 'app_rw');
    await pair.sql('source', slow('SELECT 1 FROM pg_sleep(60)'), 'app_rw');
    const frozen = copy().catch((error: unknown) => error);
    await expect
      .poll(() => pair.sql('target', `SELECT FROM pg_stat_activity WHERE query ~ '^REFRESH' AND state = 'active'`), {
        timeout: 20_000,
      })
      .toHaveLength(1);
    // It restores as the attempt's role, which is what shuts it out afterwards.
    expect(
      await pair.sql('target', `SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'people'`),
    ).toEqual([{ owner: expect.stringMatching(/^daybreak_/) as string }]);
    const lines = (await execa('ps', ['-eo', 'pid,args'])).stdout.split('\n');
    const pids = lines
      .filter((line) => line.includes('pg_restore') && line.includes(pair.clients.scratch))
      .map((line) => Number.parseInt(line, 10));
    expect(pids.length).toBeGreaterThanOrEqual(2);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    let rows = 0;
    try {
      await pair.sql('source', slow('SELECT 1'), 'app_rw');
      ({ rows } = await copy());
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    expect(await frozen).toMatchObject({ type: expect.stringMatching(/^(DatabaseUnreachable|CopyFailed)$/) as string });
    expect(await verifyCopy(pair.clients, pair)).toMatchObject({ rows, differences: 0 });
    await pair.sql('source', 'DROP MATERIALIZED VIEW lazy; DROP FUNCTION slow', 'app_rw');
  });

  test('by a cutover is decided by its token, and passes doors that are shut to everybody else', async () => {
    await raise(50);
    await pair.sql('target', `UPDATE daybreak.custody SET doors = daybreak.shut_doors('{app_rw,app_ro}')`);
    await expect(copy(40)).rejects.toMatchObject({ type: 'TokenOutdated' });
    const facts = await copy(50);
    expect(facts).toMatchObject({ tables: 1, rows: 1000 });
    expect(await verifyCopy(pair.clients, { ...pair, token: 50 })).toMatchObject({ differences: 0 });
    await pair.sql('target', 'SELECT daybreak.open_doors(doors) FROM daybreak.custody');
    expect(await pair.sql('target', 'SELECT count(*) FROM people', 'app_rw')).toEqual([{ count: '1000' }]);
  });

  test('by a cutover holds only as long as its token: an overtaken one finishes nothing', async () => {
    await raise(50);
    const session = await into(50);
    const held = await claim(session, 50);
    await raise(60);
    await expect(layGroundwork(session, pair.migration, held, NOTHING)).rejects.toMatchObject({
      type: 'TokenOutdated',
    });
  });

  test('by a cutover ends sessions of lower tokens only', async () => {
    await raise(50);
    const [older, same] = [await into(40), await into(50)];
    await claim(await into(50), 50);
    await older.closed;
    expect(await same.query('SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
  });

  test('by a rehearsal is refused behind a fence, and in a target that took the writes', async () => {
    await using from = await source();
    await installCustody(from, { migration: pair.migration, run: 'run', state: 'open' });
    for (const state of ['fenced', 'given']) {
      await from.query(`UPDATE daybreak.custody SET state = '${state}'`);
      await expect(copy()).rejects.toMatchObject({ type: 'CustodyHeldElsewhere' });
    }
    await from.query(`UPDATE daybreak.custody SET state = 'open'`);
    for (const state of ['taken', 'open', 'fenced', 'given']) {
      await pair.sql('target', `UPDATE daybreak.custody SET state = '${state}'`);
      await expect(copy()).rejects.toMatchObject({ type: 'CustodyHeldElsewhere' });
    }
  });

  test('by a rehearsal that slept while a cutover filled the target is refused', async () => {
    // Under a name of its own, or the cutover would have ended its session already.
    const sleeper = await pair.clients.openSession(pair.target, { name: 'sleeper' });
    sessions.push(sleeper);
    // It has looked at the target and is about to look at the source, where the fence has come and gone meanwhile.
    const asleep = claimTarget(
      async () => {
        await raise(70);
        await copy(70);
        return source();
      },
      sleeper,
      { migration: pair.migration, token: 0 },
    );
    await expect(asleep).rejects.toMatchObject({ type: 'TokenOutdated' });
    expect(await verifyCopy(pair.clients, pair)).toMatchObject({ tables: 1, rows: 1000, differences: 0 });
  });

  test('of a target without custody is refused', async () => {
    await pair.sql('target', 'DELETE FROM daybreak.custody');
    await expect(copy()).rejects.toMatchObject({ type: 'CustodyHeldElsewhere' });
  });

  test('keeps pg_restore itself out once its role is gone', async () => {
    const session = await into();
    const held = await claim(session);
    await layGroundwork(session, pair.migration, held, NOTHING);
    await copy();
    const run = runProgram(
      pair.clients,
      {
        program: 'pg_dump',
        args: ['--schema-only', databaseArgument(pair.target)],
        login: pair.target,
        name: 'test',
        settings: { role: held.role },
      },
      new AbortController().signal,
    );
    await expect(run).rejects.toMatchObject({
      message: expect.stringMatching(/role "daybreak_\w+" does not exist/) as string,
    });
  });
});
