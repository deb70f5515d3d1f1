import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareAccess, writeCertificate, writeSettings } from '../local/cloud/postgres/access.ts';
import { openAuthority, type Certificate } from '../local/cloud/postgres/authority.ts';
import { findServer, type Major } from '../local/cloud/postgres/binaries.ts';
import { copyDirectory } from '../local/cloud/postgres/copy.ts';
import { makeRoles, type Master } from '../local/cloud/postgres/roles.ts';
import { makeReachable } from '../local/cloud/postgres/server-files.ts';
import { postgresServer, type PostgresServer } from '../local/cloud/postgres/server.ts';

/** As RDS sets it after a reboot with `rds.logical_replication=1`. */
const LOGICAL = {
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '25',
  max_logical_replication_workers: '8',
  wal_sender_timeout: '30s',
};

/** Variable with the folder they are kept in, which whoever set it removes: vitest's processes end without a last word. */
export const PREPARED = 'TEST_PREPARED_SERVERS';

interface Kind {
  readonly major: Major;
  readonly master: Master;
}

/** Data directories of servers with their roles and database, stopped cleanly: one of each kind a process. */
const prepared = new Map<string, Promise<string>>();

/**
 * A running server in `dir` as RDS sets one up, TLS only, with a master user and a database. All but the first of its kind are copies:
 * roles and databases are made once, for servers that differ in nothing but their certificate.
 */
export async function startPreparedServer(
  dir: string,
  { certificate, ...kind }: Kind & { readonly certificate: Certificate },
): Promise<PostgresServer> {
  const key = JSON.stringify(kind);
  const kept = prepared.get(key) ?? prepare(kind);
  prepared.set(key, kept);
  void kept.catch(() => prepared.delete(key)); // the next one tries for itself
  await makeReachable(dirname(dir));
  await copyDirectory(await kept, dir);
  await writeCertificate(dir, certificate);
  const server = serverOf(kind.major, dir);
  await server.start();
  return server;
}

const serverOf = (major: Major, dir: string): PostgresServer =>
  postgresServer({ bin: findServer(major).bin, dir, adminPassword: 'rdsadmin-secret' });

async function prepare({ major, master }: Kind): Promise<string> {
  const root = await mkdtemp(join(process.env[PREPARED] ?? tmpdir(), 'postgres-prepared-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  await chmod(root, 0o755);
  const dir = join(root, 'server');
  const server = serverOf(major, dir);
  await server.init();
  await prepareAccess(dir);
  await writeCertificate(dir, await (await openAuthority(join(root, 'ca'))).issue());
  await writeSettings(dir, LOGICAL);
  await server.start();
  await makeRoles(server, Number(major), master);
  const needed = await lastSegment(server);
  await server.stop('fast');
  for (const file of await readdir(join(dir, 'pg_wal')))
    if (/^[0-9A-F]{24}$/.test(file) && file !== needed) await rm(join(dir, 'pg_wal', file));
  return dir;
}

/** The only file of its log that a server needs to start after a clean stop: most of the bytes of a fresh one are in the others. */
async function lastSegment(server: PostgresServer): Promise<string> {
  await server.sql('SELECT pg_switch_wal()'); // so that the last checkpoint is sure to fit into it
  const { rows } = await server.sql('SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS file');
  return (rows as { file: string }[])[0]?.file ?? '';
}
