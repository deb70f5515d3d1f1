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
  readonly passwords: Readonly<Record<typeof APP_ROLE | typeof REPORTS_ROLE, string>>;
};

/** Makes the application's two roles and, as the first of them, its tables and about 200,000 rows. */
export async function seed({ master, caFile, passwords }: SeedOptions): Promise<void> {
  const ca = await readFile(caFile, 'utf8');
  await run(ca, master, rolesSql(master, passwords));
  await run(
    ca,
    { ...master, user: APP_ROLE, password: passwords[APP_ROLE] },
    await readFile(new URL('seed.sql', import.meta.url), 'utf8'),
  );
}

/** The master is made a member of the owner: on RDS it is no superuser and could not dump the tables otherwise. */
function rolesSql({ user, database }: DatabaseAddress, passwords: SeedOptions['passwords']): string {
  const make = Object.entries(passwords).map(
    ([role, password]) => `CREATE ROLE ${role} LOGIN PASSWORD ${escapeLiteral(password)};`,
  );
  return `
    ${make.join('\n')}
    GRANT ${APP_ROLE} TO ${escapeIdentifier(user)};
    GRANT CREATE, USAGE ON SCHEMA public TO ${APP_ROLE};
    GRANT USAGE ON SCHEMA public TO ${REPORTS_ROLE};
    GRANT CONNECT, TEMPORARY ON DATABASE ${escapeIdentifier(database)} TO ${APP_ROLE};
    ALTER ROLE ${REPORTS_ROLE} SET default_transaction_read_only = on;
    ALTER ROLE ${APP_ROLE} IN DATABASE ${escapeIdentifier(database)} SET lock_timeout = '10s';`;
}

async function run(ca: string, address: DatabaseAddress, sql: string): Promise<void> {
  const client = new Client({ ...address, ssl: { ca, rejectUnauthorized: true } });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
