import { escapeIdentifier } from 'pg';
import type { Session } from '../../clients.ts';

/** One table of a subscription. `state`: of pg_subscription_rel, `i`nit, `d`ata, `f`inished, `s`ynced, `r`eady. */
export interface SyncedTable {
  /** Quoted. */
  readonly name: string;
  readonly state: string;
  /** Of the COPY under way; 0 before and after. */
  readonly rows: number;
  readonly bytes: number;
}

export interface SyncLook {
  readonly enabled: boolean;
  /** The worker that applies has heard from the source since it was started. */
  readonly streams: boolean;
  readonly tables: readonly SyncedTable[];
  /** Times a worker failed, to sync or to apply. */
  readonly failures: number;
  /** Two looks with the same one saw nothing move. */
  readonly sign: string;
}

/** Rows that COPY has taken so far, of this database (a table's OID says nothing in another). */
const TABLES = `
SELECT n.nspname AS schema, c.relname AS table, r.srsubstate AS state,
       coalesce(p.tuples_processed, 0)::float8 AS rows, coalesce(p.bytes_processed, 0)::float8 AS bytes
  FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
  JOIN pg_subscription_rel r ON r.srsubid = s.oid JOIN pg_class c ON c.oid = r.srrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_progress_copy p ON p.relid = c.oid AND p.datid = d.oid AND p.command = 'COPY FROM'
 WHERE s.subname = $1`;

/** What tables' own workers have received; the apply worker's is the source's business, whether anything is synced or not. */
const SUBSCRIPTION = `
SELECT s.subenabled AS enabled,
       EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.relid IS NULL AND w.received_lsn IS NOT NULL) AS streams,
       (SELECT coalesce(sum(e.sync_error_count + e.apply_error_count), 0)::float8 FROM pg_stat_subscription_stats e WHERE e.subid = s.oid) AS failures,
       (SELECT max(w.latest_end_lsn)::text FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.relid IS NOT NULL) AS caught
  FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database() WHERE s.subname = $1`;

interface About extends Pick<SyncLook, 'enabled' | 'streams' | 'failures'> {
  readonly caught: string | null;
}

/** Answers no tables and `enabled: false` where there is no such subscription. */
export async function lookAtSync(into: Session, subscription: string): Promise<SyncLook> {
  const found = await into.query<{ schema: string; table: string; state: string; rows: number; bytes: number }>(
    TABLES,
    [subscription],
  );
  const [about] = await into.query<About>(SUBSCRIPTION, [subscription]);
  const tables = found.map(({ schema, table, ...same }) => ({
    ...same,
    name: `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`,
  }));
  return {
    enabled: about?.enabled ?? false,
    streams: about?.streams ?? false,
    tables,
    failures: about?.failures ?? 0,
    sign: `${about?.caught ?? ''} ${tables.map(({ state, rows }) => `${state}${rows}`).join(' ')}`,
  };
}
