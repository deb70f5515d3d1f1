import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareAccess, writeCertificate, writeSettings } from '../../../../local/cloud/postgres/access.ts';
import { openAuthority } from '../../../../local/cloud/postgres/authority.ts';
import { findServer } from '../../../../local/cloud/postgres/binaries.ts';
import { connectAsAdmin } from '../../../../local/cloud/postgres/admin-connection.ts';
import { letThrough } from '../../../../local/cloud/postgres/server-files.ts';
import { postgresServer, type PostgresServer } from '../../../../local/cloud/postgres/server.ts';

const TEMPLATES = fileURLToPath(new URL('../../../../.cache/empty-servers', import.meta.url));
const { bin } = findServer('17');

let root: string;
const servers: PostgresServer[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'template-'));
  await letThrough(root);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop('immediate')));
  await rm(root, { recursive: true });
});

async function make(name: string, adminPassword?: string): Promise<PostgresServer> {
  const password = adminPassword === undefined ? {} : { adminPassword };
  const server = postgresServer({ bin, dir: join(root, name), ...password });
  await server.init();
  servers.push(server);
  return server;
}

test('directories made at once and later are whole, and apart from each other', async () => {
  const [first, second] = await Promise.all([make('first'), make('second')]);
  const third = await make('third');
  const contents = async ({ dir }: PostgresServer): Promise<string[]> => (await readdir(dir)).toSorted();
  expect(await contents(second)).toEqual(await contents(first));
  expect(await contents(third)).toEqual(await contents(first));
  expect((await readdir(TEMPLATES)).filter((name) => name.includes('.'))).toEqual([]);
  await Promise.all([first.start(), third.start()]);
  await first.sql('CREATE TABLE mine (id int)');
  expect((await third.sql(`SELECT to_regclass('mine') AS found`)).rows).toEqual([{ found: null }]);
});

test('a password is asked for where one was given, and is each server’s own', async () => {
  const [quoted, other] = await Promise.all([make('quoted', `it's "his"`), make('other', 'another')]);
  const authority = await openAuthority(join(root, 'ca'));
  for (const { dir } of [quoted, other]) {
    await prepareAccess(dir);
    await writeCertificate(dir, await authority.issue());
    await writeSettings(dir, {});
  }
  await Promise.all([quoted.start(), other.start()]);
  expect((await quoted.sql('SELECT current_user AS me')).rows).toEqual([{ me: 'rdsadmin' }]);
  await expect(connectAsAdmin({ port: other.port, password: `it's "his"` }, 'postgres')).rejects.toThrow(
    'password authentication failed',
  );
});
