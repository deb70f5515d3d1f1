import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { DATABASE } from './plan.ts';
import type { Libpq } from './pgbench-load.ts';

/** How somebody reaches the database of this bench. */
export interface Login {
  /** PEM of the root that signed the server's certificate. */
  readonly caFile: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Encrypted, by SCRAM, the server's certificate checked. */
export const libpq = ({ caFile, host, port, user, password }: Login): Libpq => ({
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: DATABASE,
  PGSSLMODE: 'verify-ca',
  PGSSLROOTCERT: caFile,
});

export async function connect({ caFile, ...login }: Login): Promise<Client> {
  const client = new Client({ ...login, database: DATABASE, ssl: { ca: await readFile(caFile, 'utf8') } });
  await client.connect();
  return client;
}

export async function runSql(login: Login, sql: string): Promise<void> {
  const client = await connect(login);
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
