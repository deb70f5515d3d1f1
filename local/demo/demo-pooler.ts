import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { addressFile } from '../app/database-address.ts';
import { startPooler } from '../app/pooler.ts';
import { REPORTS_ROLE } from '../app/seed.ts';
import { askOwnName } from '../app/server-name.ts';
import { openAuthority } from '../cloud/postgres/authority.ts';
import type { Cloud } from '../cloud/start.ts';
import { findTool } from '../setup/tools.mjs';
import type { ClosingList } from './closing-list.ts';
import type { Folders } from './folders.ts';
import { DATABASE, type Database } from './mind-measure.ts';
import type { Narrator } from './narrator.ts';
import { POOLER_USER } from './plan-file.ts';

/** The PgBouncer between the sample application and its database. */
export type DemoPooler = {
  readonly port: number;
  /** Its `pgbouncer.ini`. */
  readonly config: string;
  /** How the source is known, by what it calls itself: behind a pooler the ledger has only that. */
  readonly names: Readonly<Record<string, string>>;
};

type Place = { readonly cloud: Cloud; readonly folders: Folders; readonly closing: ClosingList };

/** Puts one before the database, or says that this machine has none. */
export async function openPooler(
  database: Database,
  { narrator, ...place }: Place & { readonly narrator: Narrator },
): Promise<DemoPooler | null> {
  if (findTool('pgbouncer') === undefined) {
    narrator.say('No PgBouncer on this machine (npm run doctor says how to get one): the application goes without.');
    return null;
  }
  const opened = await putPoolerBefore(database, place);
  narrator.done('PgBouncer stands between the application and its database: clients can wait in it');
  return opened;
}

/** Starts it before the database, and has the application's file name it instead. */
async function putPoolerBefore(database: Database, { cloud, folders, closing }: Place): Promise<DemoPooler> {
  const { host, port, passwords, envFile, application } = database;
  const authority = await openAuthority(dirname(cloud.caFile));
  const pooler = await startPooler({
    folder: join(folders.passing, 'pooler'),
    database: { name: DATABASE, host, port, database: DATABASE },
    logins: {
      [application.user]: application.password,
      [REPORTS_ROLE]: passwords.reports,
      [POOLER_USER]: passwords.pooler,
    },
    admin: POOLER_USER,
    caFile: cloud.caFile,
    certificate: await authority.issue(),
  });
  closing.keep(pooler);
  const login = { database: DATABASE, ...application };
  await writeFile(envFile, addressFile({ ...login, host: '127.0.0.1', port: pooler.port, pooled: true }));
  const client = new Client({ ...login, host, port, ssl: { ca: await readFile(cloud.caFile, 'utf8') } });
  await client.connect();
  try {
    return { port: pooler.port, config: pooler.config, names: { [await askOwnName(client)]: `${host}:${port}` } };
  } finally {
    await client.end();
  }
}
