import { setTimeout as wait } from 'node:timers/promises';
import { escapeLiteral } from 'pg';
import { installCustody } from '../../../../activities/cutover/custody-store.ts';
import { replicationNames } from '../../../../model/names.ts';
import { MASTER, startPair, type Pair } from '../../../postgres-pair.ts';

export type Major = '15' | '17';

/** Two servers, the target of which follows the source by a plain subscription of the test's own. */
export interface FollowedPair {
  readonly pair: Pair;
  /** On both sides, before anything follows. */
  readonly names: ReturnType<typeof replicationNames>;
  /** Writes on the source at random until stopped; answers how many statements were done. */
  startWriters(count: number, write: (n: number) => string): { progress(): Promise<void>; stop(): Promise<number> };
  stop(): Promise<void>;
}

const PROGRESS_LIMIT_MS = 30_000;

export async function startFollowedPair(major: Major, tables: string): Promise<FollowedPair> {
  const pair = await startPair({ source: major, target: major });
  const names = replicationNames(pair.migration);
  const sentinels = ['forward', 'reverse'].map(
    (direction) => `CREATE TABLE daybreak.${direction}_sentinel (n bigint PRIMARY KEY)`,
  );
  for (const side of ['source', 'target'] as const) {
    await using session = await pair.clients.openSession(pair[side], { name: 'fixture' });
    const { migration } = pair;
    await installCustody(session, { migration, run: 'run', state: side === 'source' ? 'open' : 'closed' });
    await pair.sql(side, `${sentinels.join(';')}; ${tables}`);
  }
  const listed = await pair.sql<{ name: string }>(
    'source',
    `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'daybreak')`,
  );
  const all = ['daybreak.forward_sentinel', ...listed.map(({ name }) => name)].join(', ');
  await pair.sql('source', `CREATE PUBLICATION ${names.forward} FOR TABLE ${all}`);
  const password = await pair.clients.readSecret(pair.source.password);
  const conninfo = `host=127.0.0.1 port=${pair.source.port} dbname=app user=${MASTER} sslmode=require password='${password.replaceAll(/['\\]/g, '\\$&')}'`;
  await pair.sql(
    'target',
    `CREATE SUBSCRIPTION ${names.forward} CONNECTION ${escapeLiteral(conninfo)} PUBLICATION ${names.forward} WITH (copy_data = false, synchronous_commit = on)`,
  );
  return { pair, names, startWriters: (count, write) => startWriters(pair, count, write), stop: () => pair.stop() };
}

function startWriters(pair: Pair, count: number, write: (n: number) => string) {
  const stopped = new AbortController();
  let next = 0;
  let done = 0;
  const writer = async (): Promise<void> => {
    await using session = await pair.clients.openSession(pair.source, { name: 'writer' });
    while (!stopped.signal.aborted) {
      await session.query(write((next += 1)));
      done += 1;
      await wait(5);
    }
  };
  const running = Array.from({ length: count }, writer);
  return {
    progress: async () => {
      const [before, limit] = [done, Date.now() + PROGRESS_LIMIT_MS];
      while (done < before + count) {
        if (Date.now() > limit) throw new Error('the writers do not get on');
        await wait(5);
      }
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
      return done;
    },
  };
}
