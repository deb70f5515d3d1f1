import type { Session } from '../clients.ts';

export interface WorkerHealth {
  /** The apply worker runs right now. */
  readonly alive: boolean;
  /** Times it failed to apply a change since the statistics began; lost connections are counted, too. */
  readonly errors: number;
}

/** How the apply worker of a subscription of the session's database is. */
export async function workerHealth(subscriber: Session, subscription: string): Promise<WorkerHealth> {
  const [row] = await subscriber.query<{ alive: boolean; errors: string | null }>(
    `SELECT EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.relid IS NULL AND w.pid IS NOT NULL) AS alive,
            (SELECT apply_error_count FROM pg_stat_subscription_stats e WHERE e.subid = s.oid) AS errors
       FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname = current_database() AND s.subname = $1`,
    [subscription],
  );
  return { alive: row?.alive ?? false, errors: Number(row?.errors ?? 0) };
}
