import { postgresActivities } from '../../activities/postgres/index.ts';
import { MASTER, startPair, type Pair } from '../../test/postgres-pair.ts';
import { seed } from './schema.ts';

/** A source with its rows, and a target that is emptied before each run. */
export interface BenchStage extends AsyncDisposable {
  readonly pair: Pair;
  readonly bytes: number;
  readonly tables: readonly string[];
  /** A new, empty database on the target, nothing of a run before on the source, and both disks at rest. */
  reset(): Promise<void>;
  /** Throws unless the target has every table with as many rows, and as many indexes and foreign keys as asked for. */
  demandCopied(wanted: 'all' | 'rows'): Promise<void>;
}

/** Both major 15: the rivals' packages of Debian read no later one. */
export async function openBenchStage(bytes: number): Promise<BenchStage> {
  const pair = await startPair({ source: '15', target: '15' });
  const { source, target } = pair.servers;
  for (const text of seed(bytes)) await source.sql(`SET ROLE ${MASTER}; SET search_path = public; ${text}`, [], 'app');
  await source.sql('VACUUM ANALYZE', [], 'app');
  const [size] = await pair.sql<{ bytes: number }>(
    'source',
    'SELECT pg_database_size(current_database())::float8 AS bytes',
  );
  const tables = await pair.sql<{ name: string }>('source', `${RELATIONS} ORDER BY pg_table_size(c.oid) DESC`);
  return {
    pair,
    bytes: size?.bytes ?? 0,
    tables: tables.map(({ name }) => name),
    reset: async () => {
      await source.sql('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
      await target.sql('DROP DATABASE app WITH (FORCE)');
      await target.sql(`CREATE DATABASE app OWNER ${MASTER}`);
      await postgresActivities(pair.clients).prepareTarget({ ...pair, run: 'bench' });
      await Promise.all([source.sql('CHECKPOINT'), target.sql('CHECKPOINT')]);
    },
    demandCopied: async (wanted) => {
      const [found, there] = await Promise.all([contents(pair, 'target', wanted), contents(pair, 'source', wanted)]);
      if (found !== there) throw new Error(`the copy has ${found}; wanted ${there}`);
    },
    [Symbol.asyncDispose]: () => pair.stop(),
  };
}

const RELATIONS = `SELECT c.relname::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`;

async function contents(pair: Pair, side: 'source' | 'target', wanted: 'all' | 'rows'): Promise<string> {
  const tables = await pair.sql<{ name: string }>(side, `${RELATIONS} ORDER BY 1`);
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, count(*)::text AS count FROM public.${name}`);
  const rows = await pair.sql(side, `${counts.join(' UNION ALL ')} ORDER BY 1`);
  const made = await pair.sql(
    side,
    `SELECT (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public') AS indexes,
            (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND connamespace = 'public'::regnamespace) AS keys`,
  );
  return JSON.stringify(wanted === 'all' ? [rows, made] : rows);
}
