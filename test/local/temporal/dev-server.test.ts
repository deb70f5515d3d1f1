import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DevServer, startDevServer } from '../../../local/temporal/dev-server.ts';
import { SEARCH_ATTRIBUTES } from '../../../workflows/ui.ts';

describe('the Temporal dev server', () => {
  let folder: string;
  const started: DevServer[] = [];
  const start = async (place: string): Promise<DevServer> => {
    const server = await startDevServer(place);
    started.push(server);
    return server;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dev-server-'));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.kill()));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const connect = async ({ address }: DevServer): Promise<Client> =>
    new Client({ connection: await Connection.connect({ address }) });

  test('listens on this machine alone, with a UI and the search attributes of migrations', async () => {
    const server = await start(join(folder, 'fresh'));
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const ui = await fetch(server.uiUrl);
    expect({ status: ui.status, html: await ui.text() }).toMatchObject({
      status: 200,
      html: expect.stringContaining('<html'),
    });
    const connection = await Connection.connect({ address: server.address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: server.namespace });
    await connection.close();
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)),
    );
  });

  test('after kill -9 it comes back at the same address with what it had', async () => {
    const place = join(folder, 'killed');
    const first = await start(place);
    const workflow = { workflowId: 'begun-before-the-kill', taskQueue: 'nobody' };
    const before = await connect(first);
    const { firstExecutionRunId } = await before.workflow.start('waitForever', workflow);
    await before.connection.close();
    await first.kill();
    await expect(fetch(first.uiUrl)).rejects.toThrow(/fetch failed/);
    const second = await start(place);
    expect(second).toMatchObject({ address: first.address, uiUrl: first.uiUrl });
    expect(second.pid).not.toBe(first.pid);
    const after = await connect(second);
    const found = await after.workflow.getHandle(workflow.workflowId).describe();
    expect(found).toMatchObject({ runId: firstExecutionRunId, status: { name: 'RUNNING' } });
    await after.connection.close();
    await second.stop();
    await expect(fetch(first.uiUrl)).rejects.toThrow(/fetch failed/);
  });

  test('says why when it cannot come up, and leaves nothing running', async () => {
    const place = join(folder, 'taken');
    const server = await start(place);
    const port = Number(server.address.split(':')[1]);
    await server.kill();
    const occupant = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await expect(startDevServer(place)).rejects.toThrow(/did not come up/);
    await new Promise((closed) => occupant.close(closed));
    await writeFile(join(folder, 'no-folder'), '');
    await expect(startDevServer(join(folder, 'no-folder'))).rejects.toThrow(/EEXIST/);
  });
});
