import type { Finding } from '../../model/finding.ts';
import { majorOf } from '../rds/versions.ts';
import { tablesWithoutIdentity } from '../replication/publishing-side.ts';
import { blocker, info, listed, warning, type Check, type DatabaseSubject } from './subject.ts';

/** From this version on a subscriber finds rows without a key by any index (release notes 16). */
const INDEX_SINCE = 16;
/**
 * Rows an apply worker may have to look through per second for tables with REPLICA IDENTITY FULL: a tenth of what it manages (100
 * updates of 200,000 rows in 1.9 s on version 15 and a single core).
 */
const VISITS_PER_S = 1_000_000;

interface FullTable {
  readonly name: string;
  readonly rows: number;
  /** UPDATE and DELETE a second, on average since the statistics began. */
  readonly rate: number;
  readonly indexed: boolean;
}

const FULL = `
SELECT c.oid::regclass::text AS name, greatest(c.reltuples, pg_relation_size(c.oid) / 100)::float8 AS rows,
       (coalesce(s.n_tup_upd + s.n_tup_del, 0)
         / greatest(60, extract(epoch FROM clock_timestamp() - coalesce(d.stats_reset, pg_postmaster_start_time()))))::float8 AS rate,
       EXISTS (SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am m ON m.oid = ic.relam
                WHERE i.indrelid = c.oid AND m.amname = 'btree' AND i.indpred IS NULL AND i.indkey[0] <> 0 AND i.indisvalid) AS indexed
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_stat_database d ON d.datname = current_database()
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relreplident = 'f'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak') ORDER BY 1`;

/** Every table that is published needs a way to tell its rows apart, or its UPDATE and DELETE fail on the source. */
export const checkReplicationIdentity: Check<DatabaseSubject> = async ({ session, sourceVersion, targetVersion }) => {
  const bare = await tablesWithoutIdentity(session);
  const byIndex =
    majorOf(sourceVersion) >= INDEX_SINCE && targetVersion !== null && majorOf(targetVersion) >= INDEX_SINCE;
  const full = await session.query<FullTable>(FULL);
  return [
    ...(bare.length === 0
      ? []
      : [
          blocker(
            'no-identity',
            `${listed(bare)}: rows of a table without primary key cannot be told apart, and its UPDATE and DELETE would fail once it is published. ALTER TABLE … ADD PRIMARY KEY, or REPLICA IDENTITY USING INDEX with a unique index of NOT NULL columns`,
          ),
        ]),
    ...full.map((table) => ofFull(table, byIndex && table.indexed)),
  ];
};

function ofFull({ name, rows, rate }: FullTable, byIndex: boolean): Finding {
  const seen = `${name} has REPLICA IDENTITY FULL, about ${Math.round(rows)} rows and ${rate.toFixed(1)} updates and deletes a second`;
  if (byIndex) return info('identity-full', `${seen}: rows are found by an index`);
  if (rows * rate > VISITS_PER_S)
    return blocker(
      'identity-full',
      `${seen}: every one makes the other side look through the whole table, which it cannot keep up with. REPLICA IDENTITY USING INDEX with a unique index of NOT NULL columns`,
    );
  return warning(
    'identity-full',
    `${seen}: every one makes the other side look through the whole table; a primary key, or REPLICA IDENTITY USING INDEX, would spare that`,
  );
}
