import { Client } from 'pg';
import { ADMIN } from './admin-role.ts';

/** `password` undefined: the server trusts this machine and speaks no TLS. */
export type AdminAddress = { readonly port: number; readonly password: string | undefined };

/** An open connection as `rdsadmin`; the caller ends it. */
export async function connectAsAdmin({ port, password }: AdminAddress, database: string): Promise<Client> {
  const credentials = password === undefined ? {} : { password, ssl: { rejectUnauthorized: false } };
  // The service works on a database whatever its customer set as the default of sessions there.
  const options = '-c default_transaction_read_only=off';
  const client = new Client({ host: '127.0.0.1', port, user: ADMIN, database, options, ...credentials });
  client.on('error', () => {}); // a killed server must not take this process with it; the next query reports it
  await client.connect();
  return client;
}
