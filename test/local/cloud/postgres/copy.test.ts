import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findServer } from '../../../../local/cloud/postgres/binaries.ts';
import { copyRunning } from '../../../../local/cloud/postgres/copy.ts';
import { postgresServer, type PostgresServer } from '../../../../local/cloud/postgres/server.ts';

let root: string;
let server: PostgresServer;
const started: PostgresServer[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'copy-test-'));
  server = postgresServer({ bin: findServer('17').bin, dir: join(root, 'data') });
  await server.init();
  await server.start({ max_wal_size: '32MB', min_wal_size: '32MB', wal_level: 'logical' });
  started.push(server);
  await server.sql('CREATE TABLE written (n bigserial PRIMARY KEY, filler text)');
}, 60_000);
afterAll(async () => {
  await Promise.all(started.map((one) => one.stop('immediate')));
  await rm(root, { recursive: true });
});

test('a copy taken under a live writer and checkpoints starts with every row committed before it', async () => {
  const writing = new AbortController();
  const writer = writeUntil(writing.signal);
  const slots = slotsUntil(writing.signal);
  await server.sql(`SELECT pg_create_logical_replication_slot('someone', 'pgoutput')`);
  const before = await rows(server);
  await copyRunning(server, join(root, 'copy'));
  const after = await rows(server);
  writing.abort();
  // Without it, a checkpoint may recycle WAL that the copy needs; whether one does in this test is luck.
  expect(await slots).toEqual(new Set(['physical true']));
  await writer;

  const copy = postgresServer({ bin: server.bin, dir: join(root, 'copy') });
  await copy.start();
  started.push(copy);
  const copied = await rows(copy);
  expect(copied).toBeGreaterThanOrEqual(before);
  expect(copied).toBeLessThanOrEqual(after);
  expect((await copy.sql('SELECT * FROM pg_replication_slots')).rows).toEqual([]);
  expect((await server.sql('SELECT slot_name FROM pg_replication_slots')).rows).toEqual([{ slot_name: 'someone' }]);
}, 60_000);

test('a copy that cannot be written leaves nothing behind and frees its slot', async () => {
  await expect(copyRunning(server, join(root, 'no', 'such', 'folder'))).rejects.toThrow(/./);
  expect((await server.sql(`SELECT * FROM pg_replication_slots WHERE slot_name LIKE 'copy%'`)).rows).toEqual([]);
});

async function rows(from: PostgresServer): Promise<number> {
  const { rows: found } = await from.sql('SELECT count(*)::int AS n FROM written');
  return (found as { n: number }[])[0]?.n ?? -1;
}

async function writeUntil(end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await server.sql(`INSERT INTO written (filler) SELECT repeat('x', 500) FROM generate_series(1, 5000)`);
    await server.sql('CHECKPOINT');
  }
}

/** The slots of the copy that were seen until the end. */
async function slotsUntil(end: AbortSignal): Promise<Set<string>> {
  const seen = new Set<string>();
  while (!end.aborted) {
    const { rows: found } = await server.sql(
      `SELECT slot_type, temporary FROM pg_replication_slots WHERE slot_name LIKE 'copy%' AND restart_lsn IS NOT NULL`,
    );
    for (const { slot_type, temporary } of found as { slot_type: string; temporary: boolean }[])
      seen.add(`${slot_type} ${temporary}`);
  }
  return seen;
}
