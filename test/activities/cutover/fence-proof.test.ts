import { afterEach, beforeEach, expect, test } from 'vitest';
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

test('grants on the database come back exactly, options and PUBLIC included', async () => {
  await stage.ask('source', `GRANT CONNECT ON DATABASE ${stage.pair.source.database} TO app_ro WITH GRANT OPTION`);
  await stage.ask('source', `ALTER DATABASE ${stage.pair.source.database} SET default_transaction_read_only = off`);
  const before = await stage.world('source');
  await expect(
    handOverBehindFence(stage.order(stage.handOver('a'), 10), () => Promise.reject(new Error('stop'))),
  ).rejects.toThrow('stop');
  expect(await stage.world('source')).toEqual(before);
});
