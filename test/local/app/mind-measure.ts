import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { addressFile, type DatabaseAddress } from '../../../local/app/database-address.ts';
import { APP_ROLE, REPORTS_ROLE, seed } from '../../../local/app/seed.ts';
import { prepareAccess, writeCertificate, writeSettings } from '../../../local/cloud/postgres/access.ts';
import { openAuthority } from '../../../local/cloud/postgres/authority.ts';
import { findServer } from '../../../local/cloud/postgres/binaries.ts';
import { freePort } from '../../../local/cloud/postgres/free-port.ts';
import { openRelay, type Relay } from '../../../local/cloud/postgres/relay.ts';
import { makeRoles } from '../../../local/cloud/postgres/roles.ts';
import { postgresServer } from '../../../local/cloud/postgres/server.ts';

/** A session that writes even while the database is read-only by default. */
const WRITES = '-c default_transaction_read_only=off';
const MASTER = { user: 'master', password: 'master-secret', database: 'mindmeasure' };
export const PASSWORDS = { [APP_ROLE]: 'app-secret', [REPORTS_ROLE]: 'reports-secret' } as const;

/** The seeded database on a real server as RDS sets it up, behind two addresses of which the file names one. */
export interface MindMeasure extends AsyncDisposable {
  readonly folder: string;
  readonly caFile: string;
  readonly envFile: string;
  readonly relays: readonly [Relay, Relay];
  readonly ports: readonly [number, number];
  /** Writes the address file as it has to be to reach the database behind that port. */
  pointAt(port: number): Promise<void>;
  /** Runs SQL as the master user, or as another login, on the server itself. */
  sql<Row extends object>(text: string, as?: { user: string; password: string }): Promise<Row[]>;
}

export async function startMindMeasure(): Promise<MindMeasure> {
  const folder = await mkdtemp(join(tmpdir(), 'mind-measure-'));
  const authority = await openAuthority(join(folder, 'ca'));
  const { caFile } = authority;
  const server = postgresServer({ bin: findServer('17').bin, dir: join(folder, 'data'), adminPassword: 'admin' });
  await server.init();
  await prepareAccess(server.dir);
  await writeCertificate(server.dir, await authority.issue());
  await writeSettings(server.dir, {});
  await server.start();
  await makeRoles(server, 17, MASTER);
  const addressOf = (port: number): DatabaseAddress => ({ ...MASTER, host: '127.0.0.1', port });
  await seed({ master: addressOf(server.port), caFile, passwords: PASSWORDS });
  const ports = [await freePort(), await freePort()] as const;
  const relays = [await openRelay(ports[0]), await openRelay(ports[1])] as const;
  for (const relay of relays) relay.aim(server.port);
  const envFile = join(folder, '.env');
  const pointAt = async (port: number): Promise<void> => {
    const login = { user: APP_ROLE, password: PASSWORDS[APP_ROLE] };
    await writeFile(envFile, addressFile({ ...addressOf(port), ...login }));
  };
  await pointAt(ports[0]);
  const ca = await readFile(caFile, 'utf8');
  return {
    folder,
    caFile,
    envFile,
    relays,
    ports,
    pointAt,
    sql: async (text, as = MASTER) => {
      const client = new Client({ ...addressOf(server.port), ...as, ssl: { ca }, options: WRITES });
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(relays.map((relay) => relay.close()));
      await server.stop('immediate');
      await rm(folder, { recursive: true });
    },
  };
}

/** What a fence does to the application: its logins are refused, then, once nobody new comes in, its sessions ended. */
export async function closeDatabase(mind: MindMeasure): Promise<void> {
  await mind.sql(`ALTER ROLE ${APP_ROLE} NOLOGIN`);
  await mind.sql(`SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = '${APP_ROLE}'`);
}
export async function openDatabase(mind: MindMeasure): Promise<void> {
  await mind.sql(`ALTER ROLE ${APP_ROLE} LOGIN`);
}
