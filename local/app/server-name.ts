import type { Client } from 'pg';
import type { DatabaseAddress } from './database-address.ts';

/** SQL for what a server calls itself: behind a pooler, only it can tell. */
export const OWN_NAME = `host(inet_server_addr()) || ':' || inet_server_port()`;

export async function askOwnName(client: Pick<Client, 'query'>): Promise<string> {
  const { rows } = await client.query<{ name: string }>(`SELECT ${OWN_NAME} AS name`);
  return rows[0]?.name ?? '';
}

/** `host:port` of a server as the ledger names it: the address that was dialled, unless that was a pooler's. */
export const serverName = ({ pooled, host, port }: DatabaseAddress, ownName: string): string =>
  pooled === true ? ownName : `${host}:${port}`;
