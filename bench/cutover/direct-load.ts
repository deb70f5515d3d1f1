import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { readAddress } from '../../local/app/database-address.ts';
import type { Acknowledged, Load, LoadOptions } from './load.ts';

/** Where clients without a pooler learn the database's address, every time they connect. */
export interface DirectPlace {
  readonly envFile: string;
  readonly caFile: string;
}

const PAUSE_MS = 20;

/**
 * What pgbench cannot: clients that, when they are refused or cut off, read the database's address anew, connect there and do the same
 * write again. The transaction is pgbench's, sent at once. Each client has its own pace, and a write it is late with counts as waiting.
 */
export async function startDirectLoad(place: DirectPlace, options: LoadOptions): Promise<Load> {
  const ca = await readFile(place.caFile, 'utf8');
  const acknowledged: Acknowledged[] = [];
  const failed: { atMs: number; message: string }[] = [];
  const stopped = new AbortController();
  const everyMs = (1000 * options.clients) / options.rate;
  const run = async (client: number): Promise<void> => {
    let lane: Client | null = await connect(place.envFile, ca);
    let dueMs = Date.now() + (client / options.clients) * everyMs;
    for (let number = 1; !stopped.signal.aborted; dueMs += everyMs) {
      if (dueMs > Date.now()) await wait(dueMs - Date.now());
      try {
        lane ??= await connect(place.envFile, ca);
        await lane.query(writeSql({ ...options, client, number }));
        const atMs = performance.timeOrigin + performance.now();
        acknowledged.push({ client, number, atMs, tookMs: atMs - dueMs });
        number += 1;
      } catch (error) {
        failed.push({ atMs: Date.now(), message: messageOf(error) });
        await lane?.end().catch(() => undefined);
        lane = null;
        await wait(PAUSE_MS);
        dueMs -= everyMs;
      }
    }
    await lane?.end();
  };
  const clients = Array.from({ length: options.clients }, (_, client) => run(client));
  const stop = async (): Promise<void> => {
    stopped.abort();
    await Promise.all(clients);
  };
  return {
    stop: async () => {
      await stop();
      return { acknowledged: acknowledged.toSorted((a, b) => a.atMs - b.atMs), failed };
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function connect(envFile: string, ca: string): Promise<Client> {
  const { pooled: _, ...login } = readAddress(envFile);
  const client = new Client({ ...login, ssl: { ca } });
  client.on('error', () => undefined); // the write that follows is told
  await client.connect();
  return client;
}

/** One message, so one transaction. Done again where its answer was lost, its row is there already. */
function writeSql({ run, scale, client, number }: LoadOptions & { client: number; number: number }): string {
  const below = (bound: number): number => 1 + Math.floor(Math.random() * bound);
  const [aid, bid, tid, delta] = [below(100_000 * scale), below(scale), below(10 * scale), below(10_001) - 5_001];
  return `
    UPDATE pgbench_accounts SET abalance = abalance + ${delta} WHERE aid = ${aid};
    SELECT abalance FROM pgbench_accounts WHERE aid = ${aid};
    UPDATE pgbench_tellers SET tbalance = tbalance + ${delta} WHERE tid = ${tid};
    UPDATE pgbench_branches SET bbalance = bbalance + ${delta} WHERE bid = ${bid};
    INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (${tid}, ${bid}, ${aid}, ${delta}, CURRENT_TIMESTAMP);
    INSERT INTO bench_ledger (run, client, number, server) VALUES (${run}, ${client}, ${number}, inet_server_port())
      ON CONFLICT DO NOTHING`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
