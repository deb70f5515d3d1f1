import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { watchSoak } from '../../../activities/soak/watch-soak.ts';
import { copyLedger, handOverBehindFence } from '../cutover/copy-ledger.ts';
import { openStage, type Stage } from '../cutover/stage.ts';

let stage: Stage;
let application: Server;
let answer: { status: string };

beforeAll(async () => {
  stage = await openStage('17');
  await handOverBehindFence(stage.order(stage.handOver('a'), 10), copyLedger);
  application = createServer((_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  answer = { status: 'healthy' };
});
afterAll(async () => {
  application.close();
  await stage.stop();
});

function look(known: string | null) {
  const { port } = application.address() as AddressInfo;
  const health = [{ name: 'app', url: `http://127.0.0.1:${port}/`, stagedUrl: null, expect: { status: 'healthy' } }];
  const { migration, source, target } = stage.handOver('a');
  const input = { migration, source, target, known, plan: { ...stage.plan, verification: { health } } };
  return watchSoak(stage.pair.clients, input, new AbortController().signal);
}

test('while all is well it only asks to be called again', async () => {
  await expect(look(null)).rejects.toMatchObject({ type: 'ResourceNotReady', category: 'BENIGN' });
});

test('an application that gets ill ends the look once, and its recovery ends it again', async () => {
  answer = { status: 'degraded' };
  const { trouble } = await look(null);
  expect(trouble).toContain('degraded');
  await expect(look(trouble)).rejects.toMatchObject({ type: 'ResourceNotReady' });
  answer = { status: 'healthy' };
  expect(await look(trouble)).toEqual({ trouble: null, wayBack: null });
});

test('somebody who is still connected to the old source is named', async () => {
  await using session = await stage.pair.clients.openSession(stage.pair.source, { name: 'an old report' });
  expect((await look(null)).trouble).toBe('still connected to the source: admin_user');
  await session.close();
});

test('a target that does not answer is trouble, and no failure', async () => {
  await stage.pair.servers.target.stop('immediate');
  expect((await look(null)).trouble).toMatch(/no connection/);
  await stage.pair.servers.target.start();
});

test('custody that somebody changed by hand is trouble', async () => {
  await stage.ask('source', `UPDATE daybreak.custody SET state = 'open'`);
  expect((await look(null)).trouble).toBe('custody of the source is open; wanted given');
});
