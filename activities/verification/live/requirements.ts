import type { Session } from '../../clients.ts';
import { failure } from '../../failure.ts';

/**
 * Rows can be compared where one worker applies all changes in order. Throws `ResourceNotReady` while the subscription is missing,
 * disabled, or still synchronises tables on its own.
 */
export async function requireFollowing(taker: Session, subscription: string): Promise<void> {
  const [row] = await taker.query<{ enabled: boolean; unready: number }>(
    `SELECT subenabled AS enabled,
            (SELECT count(*)::int FROM pg_subscription_rel r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS unready
       FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database() WHERE subname = $1`,
    [subscription],
  );
  const found =
    row === undefined
      ? 'none'
      : row.enabled
        ? row.unready > 0
          ? `${row.unready} tables not synchronised yet`
          : null
        : 'it disabled';
  if (found !== null)
    throw failure('ResourceNotReady', `subscription ${subscription}: found ${found}; wanted it to follow every table`);
}
