import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';

const LOOK_MS = 50;
/** A transaction that writes for longer is somebody's to look at. */
const LIMIT_MS = 10 * 60_000;

/**
 * Waits until every transaction that runs now has ended. A commit is in the log, and may even be applied on the other side, before it is
 * shown here: one whose record lies before a slot's first place is never sent by it, so nothing else could tell that a snapshot taken in
 * between lacks it. (A slot made waits for writers, too, but not for those that began while it waited for others.) Throws
 * `ResourceNotReady` where one does not end.
 */
export async function awaitVisible(
  session: Session,
  { abort, limitMs = LIMIT_MS }: { readonly abort: AbortSignal; readonly limitMs?: number },
): Promise<void> {
  // An id of our own: a snapshot's xmax is not beyond all that run, only beyond what has ended.
  const [ours] = await session.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
  const giveUp = performance.now() + limitMs;
  for (;;) {
    const [oldest] = await session.query<{ shown: boolean; xid: string }>(
      `SELECT oldest::text AS xid, oldest >= $1::xid8 AS shown FROM pg_snapshot_xmin(pg_current_snapshot()) oldest`,
      [ours?.xid ?? '0'],
    );
    if (oldest?.shown === true) return;
    if (performance.now() > giveUp)
      throw failure(
        'ResourceNotReady',
        `transaction ${oldest?.xid ?? 'unknown'} began before the comparison and goes on; wanted it to end: look for it in pg_stat_activity.backend_xid and pg_prepared_xacts`,
      );
    await wait(LOOK_MS, null, { signal: abort });
  }
}
