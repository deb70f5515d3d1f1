import { failure } from '../failure.ts';
import { publishedTables } from '../replication/published-tables.ts';
import { openTracker } from '../verification/live/fence-tracker.ts';
import type { Attempt } from './attempt.ts';
import type { Verified } from './commit.ts';
import { feedsOf } from './feeds.ts';

/** A complete comparison of both sides, carried over to the moment of the fence. */
export interface KeysFollowed extends AsyncDisposable {
  /** Compares what was applied by now, so that little is left behind the fence. */
  glance(abort: AbortSignal): Promise<void>;
  /**
   * Behind the fence and after the drain: compares what changed since it was last seen equal. No client has committed after `lsn`.
   * Throws `VerificationFailed`.
   */
  verifyBehindTheFence(attempt: Attempt, lsn: string): Promise<Verified>;
}

/**
 * Before the fence: follows what changes on the giver and waits until all that is committed now was compared. Throws
 * `VerificationFailed` where a table differs, or would have to be compared as a whole while writes stand still.
 */
export async function followKeys(attempt: Attempt): Promise<KeysFollowed> {
  const { clients, handOver, direction, giver, giverLogin, name } = attempt;
  const taker = direction === 'source-to-target' ? handOver.target : handOver.source;
  const tables = (await publishedTables(giver)).length;
  const tracker = await openTracker(clients, {
    migration: handOver.migration,
    giver: giverLogin,
    taker,
    feed: feedsOf(attempt).ending.name,
    name,
  });
  try {
    const { differing, whole } = await tracker.settle(attempt.abort);
    assertSame(differing);
    if (whole.length > 0)
      throw failure(
        'VerificationFailed',
        `too much changed since the last comparison in ${whole.join(', ')}: wanted only keys to compare behind the fence; a new round compares all rows again`,
      );
  } catch (error) {
    await tracker.close();
    throw error;
  }
  return {
    glance: (abort) => tracker.glance(abort),
    verifyBehindTheFence: async ({ abort }, lsn) => {
      const { keys, differing } = await tracker.finish(lsn, abort);
      assertSame(differing);
      return { tables, rows: keys, writesLost: 0 };
    },
    [Symbol.asyncDispose]: () => tracker.close(),
  };
}

function assertSame(differing: readonly string[]): void {
  if (differing.length > 0)
    throw failure(
      'VerificationFailed',
      `${differing.length} tables differ between both sides: ${differing.join(', ')}; wanted none`,
    );
}
