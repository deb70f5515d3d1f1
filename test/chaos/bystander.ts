import { setTimeout as wait } from 'node:timers/promises';
import type { PostgresServer } from '../../local/cloud/postgres/server.ts';

/** A client of another database on the same servers, with which no hand-over has to do: when it waits, the machine is busy. */
export interface Bystander {
  /** Longest time without a commit on any of the servers since then (ms of `performance.now()`), until now; ms. */
  longestWait(since: number): number;
  stop(): Promise<void>;
}

const BREATH_MS = 50;

export async function startBystander(servers: readonly PostgresServer[]): Promise<Bystander> {
  const stopped = new AbortController();
  const commits = servers.map((): number[] => [performance.now()]);
  const clients = await Promise.all(servers.map((server) => server.connect()));
  const running = clients.map(async (client, at) => {
    await client.query('CREATE TABLE bystander AS SELECT 0 AS n');
    while (!stopped.signal.aborted) {
      await client.query('UPDATE bystander SET n = n + 1');
      commits[at]?.push(performance.now());
      await wait(BREATH_MS);
    }
    await client.end();
  });
  return {
    longestWait: (since) => Math.round(Math.max(...commits.map((times) => longestGap(times, since)))),
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

function longestGap(times: readonly number[], since: number): number {
  const ends = [...times.slice(times.findLastIndex((at) => at < since) + 1), performance.now()];
  return Math.max(...ends.map((at, i) => at - (ends[i - 1] ?? since)));
}
