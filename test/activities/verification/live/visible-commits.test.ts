import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../../activities/clients.ts';
import { verifyLive } from '../../../../activities/verification/live/verify-live.ts';
import { awaitVisible } from '../../../../activities/verification/live/visible-commits.ts';
import { sessionName } from '../../../../model/names.ts';
import { until } from '../../../until.ts';
import { startFollowedPair, type FollowedPair } from './followed-pair.ts';

const TABLES = `
CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO accounts SELECT n, 0 FROM generate_series(1, 3) n`;

describe('a commit that is in the log and not shown yet', () => {
  const abort = new AbortController().signal;
  let stage: FollowedPair;
  beforeAll(async () => {
    stage = await startFollowedPair('17', TABLES);
  });
  afterAll(() => stage.stop());
  const open = (): Promise<Session> => stage.pair.clients.openSession(stage.pair.source, { name: 'writer' });
  /** No commit is shown until the standby of that name has it, but for sessions that do not wait for one. */
  const demandStandby = async (name: string): Promise<void> => {
    const server = stage.pair.servers.source;
    await server.sql(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
    await server.sql('SELECT pg_reload_conf()');
    await until('the setting', async () => {
      const [row] = await stage.pair.sql<{ set: string }>(
        'source',
        `SELECT current_setting('synchronous_standby_names') AS set`,
      );
      return row?.set === name;
    });
  };
  afterEach(() => demandStandby(''));

  async function begin(session: Session, id: number): Promise<string> {
    await session.query(
      `BEGIN; SET LOCAL synchronous_commit = local; UPDATE accounts SET balance = 1 WHERE id = ${id}`,
    );
    const [row] = await session.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
    return row?.xid ?? '';
  }
  const waitedFor = (xid: string): Promise<unknown> =>
    until(`the slot in the making to wait for transaction ${xid}`, async () => {
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted AND transactionid = '${xid}'`;
      return (await stage.pair.sql('source', waiting)).length > 0;
    });
  const balance = async (side: 'source' | 'target', id: number) =>
    (await stage.pair.sql<{ balance: number }>(side, `SELECT balance FROM accounts WHERE id = ${id}`))[0]?.balance;

  test('when tracking begins is no difference, though the other side has applied it', async () => {
    const { pair } = stage;
    await using first = await open();
    await using second = await open();
    await using third = await open();
    const one = await begin(first, 1);
    const comparison = { over: false };
    const verifying = verifyLive(pair.clients, { ...pair, direction: 'source-to-target' }).finally(() => {
      comparison.over = true;
    });
    await waitedFor(one);
    const two = await begin(second, 2);
    await first.query('COMMIT');
    await waitedFor(two);
    // Begun while the slot waits for another, in the log before its first place, and never sent by it.
    await demandStandby('nobody');
    const committing = third.query('UPDATE accounts SET balance = 7 WHERE id = 3');
    await until('it on the target', async () => (await balance('target', 3)) === 7);
    expect(await balance('source', 3)).toBe(0);
    await second.query('COMMIT');
    await until('the comparison to be over, or to wait for what is not shown', async () => {
      const waiting = `SELECT FROM pg_stat_activity WHERE application_name = '${sessionName(pair.migration, 0)}' AND query ~ 'pg_snapshot_xmin'`;
      return comparison.over || (await pair.sql('source', waiting)).length > 0;
    });
    expect(await balance('source', 3)).toBe(0);
    await demandStandby('');
    await committing;
    expect(await verifying).toMatchObject({ tables: 1, rows: 3, differing: [] });
  });

  test('is waited for to an end: a transaction that goes on is named', async () => {
    await using session = await open();
    await using writer = await open();
    const xid = await begin(writer, 1);
    await expect(awaitVisible(session, { abort, limitMs: 0 })).rejects.toMatchObject({
      type: 'ResourceNotReady',
      message: expect.stringContaining(`transaction ${xid} began before the comparison`) as string,
    });
    const waiting = awaitVisible(session, { abort });
    await writer.query('ROLLBACK');
    await waiting;
  });
});
