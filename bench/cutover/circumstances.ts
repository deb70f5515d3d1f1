import type { Client } from 'pg';
import { findTool } from '../../local/setup/tools.mjs';
import { machine, minuteLoad, type Machine } from '../machine.ts';

/** All that a figure depends on and that is not ours. */
export interface Circumstances {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** Of the servers, as they are asked. */
  readonly server: Readonly<Record<string, string>>;
  /** Of the last minute before the bench began: above 1, something else ran too. */
  readonly loadBefore: number;
}

const SETTINGS = ['shared_buffers', 'max_wal_size', 'wal_level', 'fsync', 'full_page_writes', 'synchronous_commit'];

export async function circumstances(client: Client): Promise<Circumstances> {
  const { rows } = await client.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [['server_version', ...SETTINGS]],
  );
  const { server_version: postgres = '', ...server } = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const tools = (['pgbouncer', 'pgbench', 'temporal'] as const).map((name) => [
    name,
    findTool(name)?.version ?? 'none',
  ]);
  return { machine: machine(), versions: { postgres, ...Object.fromEntries(tools) }, server, loadBefore: minuteLoad() };
}

/** A paragraph of them in Markdown. */
export const circumstancesText = ({ machine: on, versions, server, loadBefore }: Circumstances): string =>
  [
    `Measured on ${on.cores} × ${on.cpu}, ${on.memoryGb} GB, node ${on.node}, load ${loadBefore} before; everything, Temporal, workers,`,
    `both servers, pooler and clients, on that one machine. ${pairs(versions, ' ')}.`,
    `Servers: ${pairs(server, ' = ')}.`,
  ].join(' ');

const pairs = (values: Readonly<Record<string, string>>, between: string): string =>
  Object.entries(values)
    .map(([name, value]) => `\`${name}${between}${value}\``)
    .join(', ');
