import type { Session } from '../../../activities/clients.ts';
import type { Feed } from '../../../activities/replication/feed.ts';
import { beginPublishing, endPublishing } from '../../../activities/replication/publication.ts';
import { awaitSentinel, sendSentinel } from '../../../activities/replication/sentinel.ts';
import type { SideName } from '../../postgres-pair.ts';
import type { Stage } from './stage.ts';

export interface HandOver {
  readonly from: SideName;
  readonly to: SideName;
  readonly ending: Feed;
  readonly beginning: Feed;
  /** All walsenders and apply workers of both sides are ended between each change of a publication and its sentinel. */
  readonly disturbed: boolean;
}

const LIMIT = { abort: new AbortController().signal, limitMs: 60_000 };

/** The hand-over without custody, as far as replication has a part in it: lock, drain, commit on one side, opening on the other. */
export async function handOver(stage: Stage, { from, to, ending, beginning, disturbed }: HandOver): Promise<void> {
  await using lock = await stage.open(from);
  await using giver = await stage.open(from);
  await using taker = await stage.open(to);
  await lock.transaction(async () => {
    await lock.query('LOCK TABLE visits IN EXCLUSIVE MODE');
    await awaitSentinel(taker, ending.sentinel, await sendSentinel(giver, ending.sentinel), LIMIT);
    await refuseWrites(lock);
    await endPublishing(lock, ending.name, ending.sentinel);
  });
  if (disturbed) await endWorkers([giver, taker]);
  await taker.transaction(async () => {
    await beginPublishing(taker, beginning.name, beginning.sentinel);
    await taker.query('DROP TRIGGER IF EXISTS daybreak_refuse ON visits');
  });
  if (disturbed) await endWorkers([giver, taker]);
  await awaitSentinel(giver, beginning.sentinel, await sendSentinel(taker, beginning.sentinel), LIMIT);
}

/** As a side is that may not be written to. */
export const refuseWrites = (session: Session): Promise<unknown> =>
  session.query(
    `CREATE TRIGGER daybreak_refuse BEFORE INSERT OR UPDATE OR DELETE ON visits
       FOR EACH STATEMENT EXECUTE FUNCTION daybreak.refuse()`,
  );

/** Ends what serves the feeds on these sides and answers how many; the end of one half ends the other. */
export async function endWorkers(sides: readonly Session[]): Promise<number> {
  const ended = await Promise.all(
    sides.map((side) =>
      side.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE datname = current_database() AND backend_type ~ '^(walsender|logical replication( apply)? worker)$'`,
      ),
    ),
  );
  return ended.flat().length;
}
