import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../activities/clients.ts';
import type { Attempt, AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { copyBehindTheFence } from '../../../activities/cutover/copy-behind-the-fence.ts';
import type { BehindTheFence } from '../../../activities/cutover/durable-section.ts';
import { rollBack } from '../../../activities/cutover/roll-back.ts';
import { prepareTarget } from '../../../activities/postgres/prepare-target.ts';
import { dropReplication } from '../../../activities/replication/drop-replication.ts';
import { lost, startAttempt, writableSides } from './attempts.ts';
import { copyLedger, handOverBehindFence } from './copy-ledger.ts';
import { killAttempt, settledOn } from './death-and-freeze.ts';
import { AS_MASTER, openStage, type Stage } from './stage.ts';
import { startWriters } from './writers.ts';

/**
 * Writers of the stage log in as our own sessions do, with the read-only default set off: nothing but locks and triggers holds them.
 * pg_dump may be older than 17: there the ledger is copied by hand, behind the same fence.
 */
describe.each([
  ['15', copyBehindTheFence],
  ['17', copyLedger],
] as const)('behind a durable fence, an application that logs in as the master user, on %s,', (major, copy) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(major, '60s', 'dump', AS_MASTER);
    const { migration, source, target } = stage.handOver('a');
    await prepareTarget(stage.pair.clients, { migration, run: 'run-1', source, target, roles: stage.pair.roles });
  });
  afterEach(async () => {
    await dropReplication(stage.pair.clients, stage.handOver('a'));
    await stage.reset();
  });
  afterAll(() => stage.stop());

  const logIn = (): Promise<Session> => stage.pair.clients.openSession(stage.pair.source, { name: 'application' });
  const order = (change: Partial<AttemptOrder> = {}): AttemptOrder =>
    stage.order(stage.handOver('a', { feedsBack: true }), 10, change);
  /** A hand-over in which somebody does something when everything is copied. */
  const meanwhile = (deed: (attempt: Attempt) => Promise<unknown>): BehindTheFence => {
    return async (attempt) => {
      const verified = await copy(attempt);
      await deed(attempt);
      return verified;
    };
  };

  test('goes there and back under writers, loses nothing, and finds the source as it was', async () => {
    const before = await stage.world('source');
    const writers = startWriters(stage);
    await writers.progress();
    let reader: Session | null = null;
    const readerComes = meanwhile(async () => (reader = await logIn()));
    expect(await handOverBehindFence(order(), readerComes)).toMatchObject({ writesLost: 0 });
    // It would read what was, for as long as its pool keeps it.
    await (reader as Session | null)?.closed;
    await writers.progress();
    expect(await writableSides(stage)).toEqual(['target']);
    for (const deed of [`INSERT INTO ledger VALUES ('x', 1)`, 'DELETE FROM ledger', 'TRUNCATE ledger'])
      await expect(stage.ask('source', deed)).rejects.toThrow(/was migrated/);
    const back = stage.order(stage.handOver('r', { feedsBack: true }), 20, { direction: 'target-to-source' });
    expect(await rollBack(back, false)).toMatchObject({ writesLost: 0 });
    await writers.progress();
    expect(await writableSides(stage)).toEqual(['source']);
    expect(await lost(stage, 'source', await writers.stop())).toEqual([]);
    await dropReplication(stage.pair.clients, stage.handOver('a'));
    expect(await stage.world('source')).toEqual(before);
  });

  test('goes on when the attempt is killed about to commit, before anybody has come to give back', async () => {
    expect(await killAttempt(stage, { at: 'commit', owner: 'source', goOnAlone: true })).toEqual(settledOn('source'));
  });

  test('has a table that it makes behind the fence named, its writes given back, and its sessions told so', async () => {
    const before = await stage.world('source');
    let told: Session | null = null;
    const making = meanwhile(async () => {
      told = await logIn();
      await told.query('CREATE TABLE late (id int)');
    });
    await expect(handOverBehindFence(order(), making)).rejects.toMatchObject({
      type: 'WritesGivenBack',
      message: expect.stringContaining('tables made behind the fence: public.late') as string,
    });
    // It was told at login that it may only read.
    await (told as Session | null)?.closed;
    await stage.ask('source', 'DROP TABLE late');
    expect(await stage.world('source')).toEqual(before);
  });

  test('is told anew by the server itself, or by whoever has psql, where nobody else gives back', async () => {
    const plan = { ...stage.plan, cutover: { ...stage.plan.cutover, maxWritePause: 4_000 } };
    const handOver = stage.handOver('a', { plan });
    expect((await (await startAttempt(stage, { at: 'prove the fence', handOver })).end()).signal).toBe('SIGKILL');
    const early = await logIn();
    await early.closed;
    expect(await writableSides(stage)).toEqual(['source']);
    const next = stage.handOver('b');
    await (await startAttempt(stage, { at: 'prove the fence', handOver: next, token: 20 })).end();
    const late = await logIn();
    await stage.ask('source', 'SELECT daybreak.give_back(); SELECT daybreak.end_readers()');
    await late.closed;
    expect(await writableSides(stage)).toEqual(['source']);
  });

  test('breaks the proof where it could still write a table', async () => {
    const clients: AttemptOrder['clients'] = {
      ...stage.pair.clients,
      openSession: async (login, options) => {
        const session = await stage.pair.clients.openSession(login, options);
        if (proving) await session.query('CREATE TABLE IF NOT EXISTS late (id int)');
        return session;
      },
    };
    let proving = false;
    const onStep = (step: string): void => {
      proving = step === 'prove the fence';
    };
    await expect(handOverBehindFence(order({ clients, onStep }), copy)).rejects.toThrow(
      /admin_user could still write public\.late; wanted every table locked/,
    );
    await stage.ask('source', 'DROP TABLE late');
  });
});
