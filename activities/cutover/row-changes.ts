import type { Session } from '../clients.ts';

/** Rows inserted, updated and deleted since the server last reset its statistics, outside our own schema. */
export async function countRowChanges(session: Session): Promise<number> {
  const [row] = await session.query<{ changes: string }>(
    `SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint AS changes
       FROM pg_stat_user_tables WHERE schemaname <> 'daybreak'`,
  );
  return Number(row?.changes);
}

/** Row changes since the opening; null where the statistics were reset meanwhile, e.g. by a crash of the server. */
export async function countChangesSinceOpening(session: Session): Promise<number | null> {
  const [row] = await session.query<{ baseline: string | null }>('SELECT baseline FROM daybreak.custody');
  if (row?.baseline == null) return null;
  const since = (await countRowChanges(session)) - Number(row.baseline);
  return since < 0 ? null : since;
}
