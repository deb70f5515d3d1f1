import type { Client } from 'pg';
import type { Acknowledged } from './load.ts';

/** The writes of one load a side holds, and the port of the server that took each. */
export type Ledger = ReadonlyMap<string, number>;

/** `server`: who took the write, so that what was replicated is told from what was written. pgbench's own history has no key. */
export const LEDGER_SQL = `
  CREATE TABLE bench_ledger (run int, client int, number int, server int NOT NULL, PRIMARY KEY (run, client, number));
  ALTER TABLE pgbench_history ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`;

export const writeKey = ({ client, number }: Pick<Acknowledged, 'client' | 'number'>): string => `${client}:${number}`;

export async function readLedger(client: Client, run: number): Promise<Ledger> {
  const { rows } = await client.query<{ client: number; number: number; server: number }>(
    'SELECT client, number, server FROM bench_ledger WHERE run = $1',
    [run],
  );
  return new Map(rows.map((row) => [writeKey(row), row.server]));
}
