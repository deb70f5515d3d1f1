import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { until } from '../../until.ts';
import type { PoolerBeforePair } from '../../pgbouncer-server.ts';

/** Clients that write through a pool, each its next row as soon as the last was acknowledged. */
export interface PooledWriters {
  /** Waits until one more write than now was acknowledged to every client. */
  progress(): Promise<void>;
  /** Ends the writes; what was acknowledged, what clients were told instead, and the longest wait of any client, in ms. */
  stop(): Promise<{
    readonly written: readonly string[];
    readonly errors: readonly string[];
    readonly longestMs: number;
  }>;
}

export async function startPooledWriters(pooler: PoolerBeforePair, count = 8): Promise<PooledWriters> {
  const clients = await Promise.all(Array.from({ length: count }, () => pooler.connect()));
  const written: string[][] = clients.map(() => []);
  const errors: string[] = [];
  let stopped = false;
  let longestMs = 0;
  const write = async (client: Client, i: number): Promise<void> => {
    while (!stopped) {
      const id = randomUUID();
      const sent = performance.now();
      try {
        await client.query('INSERT INTO ledger VALUES ($1)', [id]);
        written[i]?.push(id);
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error));
        return;
      }
      longestMs = Math.max(longestMs, performance.now() - sent);
    }
  };
  const running = clients.map(write);
  return {
    progress: async () => {
      const before = written.map(({ length }) => length);
      await until(
        'every client was acknowledged another write',
        () => errors.length > 0 || written.every(({ length }, i) => length > (before[i] ?? 0)),
      );
    },
    stop: async () => {
      stopped = true;
      await Promise.all(running);
      await Promise.all(clients.map((client) => client.end()));
      return { written: written.flat(), errors, longestMs: Math.round(longestMs) };
    },
  };
}
