import type { Session } from '../../clients.ts';

/** What the plan asks of a copy. */
export interface CopyBounds {
  readonly jobs: number;
  readonly bytesPerSecond: number | null;
}

/** Of the target; one worker more applies the changes. */
export async function readSyncWorkers(into: Session): Promise<number> {
  const [row] = await into.query<{ workers: number }>(
    `SELECT least(current_setting('max_sync_workers_per_subscription')::int,
                  current_setting('max_logical_replication_workers')::int - 1) AS workers`,
  );
  return row?.workers ?? 0;
}

/** What of the plan's bounds PostgreSQL's own table sync keeps to, in words. */
export function syncRemark(workers: number, { jobs, bytesPerSecond }: CopyBounds): string {
  const atATime = `the rest comes by PostgreSQL's own table sync, ${workers} at a time`;
  const asked =
    jobs === workers ? '' : ` (copy.jobs is ${jobs}; max_sync_workers_per_subscription of the target decides)`;
  return `${atATime}${asked}${bytesPerSecond === null ? '' : ', which copy.bytesPerSecond does not bound'}`;
}
