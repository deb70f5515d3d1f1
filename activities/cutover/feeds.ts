import { traitsOf } from '../../model/strategy.ts';
import { feeds } from '../replication/feed.ts';
import type { FeedPair } from '../replication/sentinel.ts';
import type { Attempt } from './attempt.ts';

/**
 * `ending` carries the giver's rows until the commit, `beginning` the taker's from the opening on; never both. A strategy that does not follow
 * has the way back at most: what its rollback opens nobody follows.
 */
export function feedsOf({ handOver, direction }: Pick<Attempt, 'handOver' | 'direction'>): FeedPair {
  const { forward, reverse } = feeds(handOver.migration);
  return direction === 'source-to-target'
    ? { ending: forward, beginning: reverse }
    : { ending: reverse, beginning: traitsOf(handOver.plan).follows ? forward : null };
}
