import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findServer, type Major } from '../../../../local/cloud/postgres/binaries.ts';
import { postgresServer, type PostgresServer } from '../../../../local/cloud/postgres/server.ts';

describe.each<Major>(['15', '17'])('a PostgreSQL %s server', (major) => {
  let root: string;
  let server: PostgresServer;
  const deaths: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'server-test-'));
    server = postgresServer({
      bin: findServer(major).bin,
      dir: join(root, 'data'),
      onDeath: (how) => deaths.push(how),
    });
    await server.init();
    await server.start();
  }, 60_000);
  afterAll(async () => {
    await server.stop('immediate');
    await rm(root, { recursive: true });
  });

  test('is the version that findServer reports', async () => {
    const { rows } = await server.sql('SHOW server_version');
    expect(rows).toEqual([{ server_version: findServer(major).version }]);
  });

  test('keeps committed rows over a crash, on the same port', async () => {
    const { port, pid } = server;
    await server.sql('CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
    await server.crash();
    expect(server.pid).toBeUndefined();
    await server.start();
    expect((await server.sql('SELECT count(*)::int AS n FROM kept')).rows).toEqual([{ n: 1000 }]);
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(deaths).toEqual([]);
  });

  test('reports a death nobody asked for', async () => {
    process.kill(server.pid ?? 0, 'SIGQUIT');
    await expect.poll(() => deaths, { timeout: 10_000 }).toHaveLength(1);
    await server.start();
  });

  test('takes settings at start and refuses a second start', async () => {
    await server.stop();
    await server.start({ wal_level: 'logical' });
    expect((await server.sql('SHOW wal_level')).rows).toEqual([{ wal_level: 'logical' }]);
    await expect(server.start()).rejects.toThrow('runs already');
  });

  test('goes to another port when its own was taken while it was down', async () => {
    const { port } = server;
    await server.stop();
    const thief = createServer();
    await new Promise<void>((taken) => thief.listen(port, '127.0.0.1', taken));
    await server.start();
    expect(server.port).not.toBe(port);
    await new Promise((closed) => thief.close(closed));
  });

  test('says why it cannot start', async () => {
    await server.stop();
    await expect(server.start({ no_such_setting: '1' })).rejects.toThrow(
      'unrecognized configuration parameter "no_such_setting"',
    );
    await server.start();
  });
});
