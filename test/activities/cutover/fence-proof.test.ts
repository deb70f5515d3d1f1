import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenSession, Session } from '../../../activities/clients.ts';
import { endClientSessions } from '../../../activities/cutover/fence.ts';
import { MASTER } from '../../postgres-pair.ts';
import { copyLedger, handOverBehindFence } from './copy-ledger.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage('17');
});
afterEach(() => stage.stop());

const handOver = () => handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);

test('a role outside the plan that may still connect breaks the proof', async () => {
  await stage.pair.servers.source.sql('CREATE ROLE reporting LOGIN IN ROLE admin_user');
  await expect(handOver()).rejects.toThrow(/roles may still connect: reporting/);
});

test('a prepared transaction breaks the proof', async () => {
  await stage.pair.servers.source.sql('ALTER SYSTEM SET max_prepared_transactions = 5');
  await stage.pair.servers.source.stop('fast');
  await stage.pair.servers.source.start();
  await stage.ask('source', `BEGIN; INSERT INTO ledger VALUES ('prepared', 1); PREPARE TRANSACTION 'p'`);
  await expect(handOver()).rejects.toThrow(/could not be locked within 1 × 5000 ms/);
  await stage.ask('source', `ROLLBACK PREPARED 'p'`);
});

test('a wrong password proves nothing', async () => {
  await stage.ask('source', `ALTER ROLE app_ro PASSWORD 'another'`);
  await expect(handOver()).rejects.toThrow(/login of app_ro failed with 28P01/);
});

test('a session of the application that runs a long statement is ended', async () => {
  const [role] = stage.pair.roles;
  if (role === undefined) throw new Error('the pair has no roles');
  const login = { ...stage.pair.source, user: role.name, password: role.password };
  const session = await stage.pair.clients.openSession(login, { name: 'application' });
  const ended = session.query('SELECT pg_sleep(60)').then(
    () => 'slept',
    () => 'ended',
  );
  await handOver();
  expect(await ended).toBe('ended');
});

/** A session that ends all clients of the source, one of which logs in again as soon as it was ended. */
async function endsWhoComesBack(user: string) {
  const { pair } = stage;
  const name = 'daybreak/ends/1';
  const login = (): Promise<Session> => pair.clients.openSession(pair.loginOf('source', user), { name: 'application' });
  const logins = [await login()];
  const side = await pair.clients.openSession(pair.source, { name });
  const query: Session['query'] = async (sql, values) => {
    const rows = await side.query<never>(sql, values);
    if (sql.includes('pg_terminate_backend')) logins.push(await login());
    return rows;
  };
  const end = async (): Promise<void> => {
    try {
      await endClientSessions({ ...side, query }, name);
    } finally {
      await side.close();
    }
  };
  return { end, logins };
}

test('an application that logs in as the role we work as comes back when it is ended, and holds nobody up', async () => {
  const { end, logins } = await endsWhoComesBack(MASTER);
  await end();
  expect(logins).toHaveLength(2);
  await logins[0]?.closed;
  await logins[1]?.query('SELECT');
  await logins[1]?.close();
});

test('whoever comes as the role we work as while the fence is being proved can read, and breaks nothing', async () => {
  const { pair } = stage;
  const monitors: Session[] = [];
  const openSession: OpenSession = async (login, options) => {
    // The proof logs in as the application: the monitor has come before it looks at sessions.
    if (login.user !== MASTER) monitors.push(await pair.clients.openSession(pair.source, { name: 'monitor' }));
    return pair.clients.openSession(login, options);
  };
  const order = stage.order(stage.handOver('a'), 10, { clients: { ...pair.clients, openSession } });
  await handOverBehindFence(order, copyLedger);
  expect(monitors.length).toBeGreaterThan(0);
  await Promise.all(monitors.map((monitor) => monitor.close()));
});

test('any other role that comes back breaks the proof', async () => {
  const { end, logins } = await endsWhoComesBack('app_rw');
  await expect(end()).rejects.toThrow(/1 client sessions of app_rw could not be ended/);
  await logins.at(-1)?.close();
});

test('grants on the database come back exactly, options and PUBLIC included', async () => {
  await stage.ask('source', `GRANT CONNECT ON DATABASE ${stage.pair.source.database} TO app_ro WITH GRANT OPTION`);
  await stage.ask('source', `ALTER DATABASE ${stage.pair.source.database} SET default_transaction_read_only = off`);
  const before = await stage.world('source');
  await expect(
    handOverBehindFence(stage.order(stage.handOver('a'), 10), () => Promise.reject(new Error('stop'))),
  ).rejects.toThrow('stop');
  expect(await stage.world('source')).toEqual(before);
});
