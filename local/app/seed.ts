import { readFile } from 'node:fs/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseAddress } from './database-address.ts';

/** Owns the tables and writes them. */
export const APP_ROLE = 'mindmeasure_app';
/** May read. */
export const REPORTS_ROLE = 'mindmeasure_reports';

export type SeedOptions = {
  /** The master user of a database that is there and empty. */
  readonly master: DatabaseAddress;
  readonly caFile: string;
  /** {@link APP_ROLE} left out: the application is the master user. */
  readonly passwords: Readonly<Partial<Record<typeof APP_ROLE, string>> & Record<typeof REPORTS_ROLE, string>>;
};

/** Makes the application's roles and, as the one that writes, its tables and about 200,000 rows. */
export async function seed({ master, caFile, passwords }: SeedOptions): Promise<void> {
  const ca = await readFile(caFile, 'utf8');
  const { [APP_ROLE]: own, [REPORTS_ROLE]: reports } = passwords;
  await run(ca, master, roleSql(REPORTS_ROLE, reports) + readerSql);
  if (own !== undefined) await run(ca, master, roleSql(APP_ROLE, own) + ownerSql(master));
  await run(
    ca,
    own === undefined ? master : { ...master, user: APP_ROLE, password: own },
    await readFile(new URL('seed.sql', import.meta.url), 'utf8'),
  );
}

const roleSql = (role: string, password: string): string =>
  `CREATE ROLE ${role} LOGIN PASSWORD ${escapeLiteral(password)};`;

const readerSql = `
    GRANT USAGE ON SCHEMA public TO ${REPORTS_ROLE};
    ALTER ROLE ${REPORTS_ROLE} SET default_transaction_read_only = on;`;

/** The master is made a member of the owner: on RDS it is no superuser and could not dump the tables otherwise. */
const ownerSql = ({ user, database }: DatabaseAddress): string => `
    GRANT ${APP_ROLE} TO ${escapeIdentifier(user)};
    GRANT CREATE, USAGE ON SCHEMA public TO ${APP_ROLE};
    GRANT CONNECT, TEMPORARY ON DATABASE ${escapeIdentifier(database)} TO ${APP_ROLE};
    ALTER ROLE ${APP_ROLE} IN DATABASE ${escapeIdentifier(database)} SET lock_timeout = '10s';`;

async function run(ca: string, address: DatabaseAddress, sql: string): Promise<void> {
  const client = new Client({ ...address, ssl: { ca, rejectUnauthorized: true } });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
