import { ApplicationFailure } from '@temporalio/common';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../../../activities/clients.ts';
import { rollBack } from '../../../activities/cutover/roll-back.ts';
import { lost } from './attempts.ts';
import { copyLedger, handOverBehindFence } from './copy-ledger.ts';
import { openStage, type Stage } from './stage.ts';
import { startWriters } from './writers.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('17');
});
afterEach(() => stage.reset());
afterAll(() => stage.stop());

const failureOf = async (deed: Promise<unknown>): Promise<ApplicationFailure> => {
  const error: unknown = await deed.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof ApplicationFailure) return error;
  throw error;
};

describe('a hand-over from source to target', () => {
  test('moves every acknowledged write, and the writers with them', async () => {
    const writers = startWriters(stage);
    await writers.progress();
    const facts = await handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);
    await writers.progress();
    const acknowledged = await writers.stop();
    expect(await lost(stage, 'target', acknowledged)).toEqual([]);
    expect(facts).toMatchObject({ direction: 'source-to-target', tables: 1, writesLost: 0 });
    // Told by the attempt itself: a successor that completes it took none of its steps.
    expect(facts.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['fence', 'commit', 'open']));
    expect(facts.fenceLsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(await readFile(stage.envFile, 'utf8')).toContain(`DB_PORT=${stage.pair.target.port}`);
  });

  test('leaves a source that refuses writes to its owner and to the master user', async () => {
    await handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);
    const refused = await failureOf(stage.ask('source', `INSERT INTO ledger VALUES ('late', 1)`));
    expect(refused.message).toContain('this database was migrated');
    const mixed = await failureOf(stage.ask('source', `TRUNCATE "Mixed Case"`));
    expect(mixed.message).toContain('this database was migrated');
  });

  test('makes a write of the master user behind the fence wait, and then refuses it', async () => {
    let late: Promise<unknown> = Promise.resolve();
    await handOverBehindFence(stage.order(stage.handOver('a'), 10), async (attempt) => {
      late = failureOf(stage.ask('source', `INSERT INTO ledger VALUES ('late', 1)`));
      await expect
        .poll(() => attempt.giver.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`))
        .toHaveLength(1);
      return copyLedger(attempt);
    });
    expect(await late).toMatchObject({ message: expect.stringContaining('this database was migrated') });
    expect(await lost(stage, 'target', ['late'])).toEqual(['late']);
  });

  test('is done once: asked again it changes nothing and answers the same', async () => {
    const first = await handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);
    await stage.ask('target', `INSERT INTO ledger VALUES ('after', 1)`);
    const again = await handOverBehindFence(stage.order(stage.handOver('a'), 11), copyLedger);
    expect(again).toMatchObject({ fenceLsn: first.fenceLsn, rowsVerified: first.rowsVerified });
    expect(await lost(stage, 'target', ['after'])).toEqual([]);
  });
});

describe('a hand-over that fails', () => {
  test.each([
    'arm timed reopening',
    'close the taking side',
    'fence',
    'lock writes',
    'prove the fence',
    'switch',
    'commit',
  ])('at the step "%s" leaves the source as it was', async (failing) => {
    const before = await stage.world('source');
    const file = await readFile(stage.envFile, 'utf8');
    const abort = new AbortController();
    const onStep = (step: string): void => {
      if (step === failing) throw new Error(`broken at ${failing}`);
    };
    const order = stage.order(stage.handOver('a'), 10, { onStep, abort: abort.signal });
    await expect(handOverBehindFence(order, copyLedger)).rejects.toThrow(`broken at ${failing}`);
    expect(await stage.world('source')).toEqual(before);
    expect(await readFile(stage.envFile, 'utf8')).toBe(file);
    const writers = startWriters(stage);
    await writers.progress();
    expect(await lost(stage, 'source', await writers.stop())).toEqual([]);
  });

  test('behind the fence gives writes back and says why', async () => {
    const failed = await failureOf(
      handOverBehindFence(stage.order(stage.handOver('a'), 10), () => Promise.reject(new Error('disk full'))),
    );
    expect(failed).toMatchObject({ type: 'WritesGivenBack', message: expect.stringContaining('disk full') });
  });

  test('by an abort gives writes back', async () => {
    const abort = new AbortController();
    const order = stage.order(stage.handOver('a'), 10, { abort: abort.signal });
    const before = await stage.world('source');
    const failed = await failureOf(
      handOverBehindFence(order, async (attempt) => {
        abort.abort(new Error('the worker shuts down'));
        return copyLedger(attempt);
      }),
    );
    expect(failed).toMatchObject({ type: 'WritesGivenBack', message: expect.stringContaining('shuts down') });
    expect(await stage.world('source')).toEqual(before);
  });

  test('because the write lock was lost gives writes back', async () => {
    const failed = await failureOf(
      handOverBehindFence(stage.order(stage.handOver('a'), 10), async (attempt) => {
        await attempt.giver.query(
          `SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.mode = 'ExclusiveLock' AND l.relation = 'ledger'::regclass`,
        );
        await expect.poll(() => attempt.abort.aborted).toBe(true);
        return copyLedger(attempt);
      }),
    );
    expect(failed.type).toBe('WritesGivenBack');
  });

  test('is not tried again under the same approval', async () => {
    await failureOf(handOverBehindFence(stage.order(stage.handOver('a'), 10), () => Promise.reject(new Error('no'))));
    const again = await failureOf(handOverBehindFence(stage.order(stage.handOver('a'), 11), copyLedger));
    expect(again.type).toBe('WritesGivenBack');
    await handOverBehindFence(stage.order(stage.handOver('b'), 12), copyLedger);
  });

  test('after a commit whose answer was lost goes forward', async () => {
    const order = stage.order(stage.handOver('a'), 10);
    const clients = { ...order.clients, openSession: losingTheAnswerTo('COMMIT', order.clients.openSession) };
    const facts = await handOverBehindFence({ ...order, clients }, copyLedger);
    expect(facts).toMatchObject({ direction: 'source-to-target', completedAfter: 'connection reset' });
    expect(await stage.ask('target', 'SELECT state FROM daybreak.custody')).toEqual([{ state: 'taken' }]);
  });
});

/** A network that loses one answer to a statement after the server carried it out. */
function losingTheAnswerTo(lostStatement: string, open: Stage['pair']['clients']['openSession']) {
  let isLost = false;
  return async (...args: Parameters<typeof open>): Promise<Session> => {
    const session = await open(...args);
    return {
      ...session,
      query: async (sql, values) => {
        const rows = await session.query<never>(sql, values);
        if (sql !== lostStatement || isLost) return rows;
        isLost = true;
        throw new Error('connection reset');
      },
    };
  };
}

describe('the approval is checked at use', () => {
  test('an expired report touches nothing', async () => {
    const expired = stage.handOver('a', { expiresAt: new Date(Date.now() - 1).toISOString() });
    const before = [await stage.world('source'), await stage.world('target')];
    const failed = await failureOf(handOverBehindFence(stage.order(expired, 10), copyLedger));
    expect(failed.type).toBe('ApprovalVoid');
    expect([await stage.world('source'), await stage.world('target')]).toEqual(before);
  });

  test('outside the window nothing is touched', async () => {
    const plan = {
      ...stage.plan,
      cutover: { ...stage.plan.cutover, window: { days: [], from: '00:00', to: '23:59', timezone: 'UTC' } },
    };
    const order = stage.order(stage.handOver('a', { plan, expiresAt: new Date(Date.now() + 1e6).toISOString() }), 10);
    expect((await failureOf(handOverBehindFence(order, copyLedger))).type).toBe('ApprovalVoid');
  });
});

describe('a rollback', () => {
  beforeEach(async () => {
    await handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);
  });
  const order = (token: number) => stage.order(stage.handOver('r'), token, { direction: 'target-to-source' });

  test('counts what going back would lose, and keeps the target in charge unless that is accepted', async () => {
    await stage.ask('target', `INSERT INTO ledger SELECT 'after-' || n, n FROM generate_series(1, 7) n`);
    const refused = await failureOf(rollBack(order(20), false));
    expect(refused).toMatchObject({ type: 'WritesGivenBack', message: expect.stringContaining('7 row changes') });
    const writers = startWriters(stage);
    await writers.progress();
    expect(await lost(stage, 'target', await writers.stop())).toEqual([]);
  });

  test('opens the source, points the application back and leaves the target closed with what it took', async () => {
    await stage.ask('target', `INSERT INTO ledger VALUES ('after', 1)`);
    const facts = await rollBack(order(20), true);
    expect(facts).toMatchObject({ direction: 'target-to-source', writesLost: 1 });
    expect(await readFile(stage.envFile, 'utf8')).toContain(`DB_PORT=${stage.pair.source.port}`);
    await stage.ask('source', `INSERT INTO ledger VALUES ('back', 1)`);
    expect((await failureOf(stage.ask('target', `DELETE FROM ledger`))).message).toContain('was migrated');
    expect(await lost(stage, 'target', ['after'])).toEqual([]);
  });

  test('leaves no trace on the source but custody, and a second cutover works', async () => {
    await rollBack(order(20), true);
    const triggers = await stage.ask('source', `SELECT FROM pg_trigger WHERE tgname = 'daybreak_refuse'`);
    expect(triggers).toEqual([]);
    await handOverBehindFence(stage.order(stage.handOver('b'), 30), copyLedger);
    await stage.ask('target', `INSERT INTO ledger VALUES ('again', 1)`);
  });
});
