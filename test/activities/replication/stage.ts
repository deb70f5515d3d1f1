import type { Session } from '../../../activities/clients.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { followSource } from '../../../activities/replication/follow-source.ts';
import { prepareReplication } from '../../../activities/replication/prepare-replication.ts';
import { feeds } from '../../../activities/replication/feed.ts';
import { ensureSlot } from '../../../activities/replication/slot.ts';
import { replicationNames } from '../../../model/names.ts';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';
import { startPair, type Pair, type SideName } from '../../postgres-pair.ts';

/** Two servers with the same empty tables, and custody; the rows travel by replication alone. */
export interface Stage extends AsyncDisposable {
  readonly pair: Pair;
  readonly feeds: ReturnType<typeof feeds>;
  readonly names: ReturnType<typeof replicationNames>;
  open(side: SideName): Promise<Session>;
  /** One column of all rows, in their order. */
  column(side: SideName, sql: string): Promise<unknown[]>;
  asSuperuser(side: SideName, sql: string): Promise<void>;
  /** From nothing to a target that follows its source. */
  follow(): Promise<void>;
}

const TABLES = `
CREATE TABLE visits (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, day int GENERATED ALWAYS AS (length(note)) STORED);
CREATE TABLE days (day int, id int, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE days_low PARTITION OF days FOR VALUES FROM (0) TO (10);
CREATE TABLE days_high PARTITION OF days FOR VALUES FROM (10) TO (20)`;

export async function openStage(majors: { source: Major; target: Major }): Promise<Stage> {
  const pair = await startPair(majors);
  const { clients, migration, servers } = pair;
  const open = (side: SideName): Promise<Session> => clients.openSession(pair[side], { name: 'test' });
  await pair.sql(
    'target',
    `CREATE ROLE app_rw NOLOGIN; GRANT app_rw TO CURRENT_USER; GRANT CREATE, USAGE ON SCHEMA public TO app_rw`,
  );
  for (const side of ['source', 'target'] as const) {
    await pair.sql(side, `SET ROLE app_rw; ${TABLES}`);
    await using session = await open(side);
    await installCustody(session, { migration, run: 'run', state: side === 'source' ? 'open' : 'closed' });
    // Workers that were ended come back after 5 s by default; transactions are streamed from 64 MB on.
    await servers[side].sql(`ALTER SYSTEM SET wal_retrieve_retry_interval = '200ms'`);
    await servers[side].sql(`ALTER SYSTEM SET logical_decoding_work_mem = '64kB'`);
    await servers[side].sql('SELECT pg_reload_conf()');
  }
  return {
    pair,
    feeds: feeds(migration),
    names: replicationNames(migration),
    open,
    column: async (side, sql) =>
      (await pair.sql<Record<string, unknown>>(side, sql)).map((row) => Object.values(row)[0]),
    asSuperuser: async (side, sql) => void (await servers[side].sql(sql, [], 'app')),
    follow: async () => {
      await prepareReplication(clients, pair);
      await using source = await open('source');
      await ensureSlot(source, feeds(migration).forward.name);
      await followSource(clients, pair);
    },
    [Symbol.asyncDispose]: () => pair.stop(),
  };
}
