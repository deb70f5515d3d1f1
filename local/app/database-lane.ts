import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { readAddress, type DatabaseAddress } from './database-address.ts';

export type LaneOptions = {
  readonly envFile: string;
  /** Default `live`; see {@link readAddress}. */
  readonly version?: 'live' | 'staged';
  /** PEM of the root that signs the database's certificate. */
  readonly caFile: string;
  /** Time limit of connecting and of each statement, in ms. */
  readonly limitMs: number;
};

/** One connection to wherever the file says, opened when needed and thrown away at the first error. */
export type DatabaseLane = {
  use<Result>(deed: (client: Client, address: DatabaseAddress) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
};

type Connected = { readonly client: Client; readonly address: DatabaseAddress };

/** A lane does one deed at a time; its errors are PostgreSQL's, the network's or those of {@link readAddress}. */
export function openLane(options: LaneOptions): DatabaseLane {
  let connected: Connected | undefined;
  const forget = async (): Promise<void> => {
    const last = connected;
    connected = undefined;
    await last?.client.end().catch(() => {}); // already cut: that is why we forget it
  };
  return {
    use: async (deed) => {
      try {
        connected ??= await connect(options, () => (connected = undefined));
        return await deed(connected.client, connected.address);
      } catch (error) {
        await forget();
        throw error;
      }
    },
    close: forget,
  };
}

async function connect({ envFile, version, caFile, limitMs }: LaneOptions, onLoss: () => void): Promise<Connected> {
  const address = readAddress(envFile, version);
  const client = new Client({
    ...address,
    application_name: 'mindmeasure',
    ssl: { ca: readFileSync(caFile, 'utf8'), rejectUnauthorized: true },
    connectionTimeoutMillis: limitMs,
    query_timeout: limitMs,
    keepAlive: true,
  });
  client.on('error', onLoss); // a server that goes away between two deeds: the next one connects anew
  await client.connect();
  return { client, address };
}
