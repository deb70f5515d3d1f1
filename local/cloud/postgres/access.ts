import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN } from './admin-role.ts';
import type { Certificate } from './authority.ts';
import { writeOwned } from './server-files.ts';

/** Settings that follow from the parameter groups; rewritten at every start, re-read at every reload. */
const SETTINGS_FILE = 'rds.conf';

/** TLS only, passwords only; the database `rdsadmin` is Amazon's. */
const HBA = `# type    database     user      address        method
hostssl   rdsadmin     ${ADMIN}  127.0.0.1/32   scram-sha-256
hostssl   rdsadmin     all       0.0.0.0/0      reject
hostssl   all          ${ADMIN}  127.0.0.1/32   scram-sha-256
hostssl   replication  ${ADMIN}  127.0.0.1/32   scram-sha-256
hostssl   all          all       0.0.0.0/0      scram-sha-256
hostssl   replication  all       0.0.0.0/0      scram-sha-256
`;

/** Prepares a fresh data directory once: who may connect, and where its settings come from. */
export async function prepareAccess(dir: string): Promise<void> {
  await writeOwned(join(dir, 'pg_hba.conf'), HBA);
  await appendFile(join(dir, 'postgresql.conf'), `\ninclude_if_exists = '${SETTINGS_FILE}'\n`);
}

/** Gives the server in `dir` its own certificate, under the names PostgreSQL looks for. */
export async function writeCertificate(dir: string, { certificate, key }: Certificate): Promise<void> {
  await writeOwned(join(dir, 'server.crt'), certificate);
  await writeOwned(join(dir, 'server.key'), key);
}

export async function writeSettings(dir: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries({ ...settings, ssl: 'on' }).map(
    ([name, value]) => `${name} = '${value.replaceAll(`'`, `''`)}'`,
  );
  await writeOwned(join(dir, SETTINGS_FILE), `${lines.join('\n')}\n`);
}
