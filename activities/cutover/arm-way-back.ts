import { replicationNames } from '../../model/names.ts';
import { followsBack } from '../../model/strategy.ts';
import { connectionString } from '../replication/connection-string.ts';
import { feeds } from '../replication/feed.ts';
import { endPublishing } from '../replication/publication.ts';
import { publishEverything } from '../replication/publishing-side.ts';
import { renewReplicationRole } from '../replication/replication-role.ts';
import { installSentinels } from '../replication/sentinel-schema.ts';
import { awaitSentinel, sendSentinel } from '../replication/sentinel.ts';
import { dropSlot, ensureSlot } from '../replication/slot.ts';
import { createSubscription, dropSubscription, enableSubscription } from '../replication/subscription.ts';
import { ensureTrackerSlot } from '../verification/live/tracker-slot.ts';
import type { Attempt } from './attempt.ts';
import { checkToken } from './custody-store.ts';

/** A worker on two busy cores; the launcher is told at once that there is a subscription to serve. */
const ROUND_LIMIT_MS = 15_000;

/** Whether this hand-over was approved with a way back that has yet to be made behind its fence. */
export const armsWayBack = ({ handOver: { plan, feedsBack } }: Pick<Attempt, 'handOver'>): boolean =>
  followsBack({ strategy: plan.strategy, feedsBack });

/**
 * Makes the way back behind a durable fence, where the taker is an exact copy and nobody writes on either side: the giver learns every table
 * of publication `reverse`, which carries its sentinel only until the opening, and then the slots begin, so that nothing of the copy ever
 * goes back. Returns once a sentinel has gone round. What is left of an earlier copy goes first: its slots know of other rows.
 */
export async function armWayBack({ giver, taker, token, handOver, abort }: Attempt): Promise<void> {
  const { migration, target } = handOver;
  const { role, tracker } = replicationNames(migration);
  const { reverse } = feeds(migration);
  await Promise.all([installSentinels(giver), installSentinels(taker)]);
  await dropSubscription(giver, reverse.name);
  for (const slot of [reverse.name, tracker]) await dropSlot(taker, slot);
  const connection = connectionString({ ...target, role, password: await renewReplicationRole(taker, role) });
  const publish = (deed: () => Promise<void>): Promise<void> =>
    taker.transaction(async () => {
      await checkToken(taker, token);
      await deed();
    });
  await publish(() => publishEverything(taker, reverse));
  // A big transaction is spooled where it happened, not on the source's smaller disk.
  await createSubscription(giver, { name: reverse.name, connection, streaming: false });
  await publish(() => endPublishing(taker, reverse.name, reverse.sentinel));
  await ensureSlot(taker, reverse.name);
  await ensureTrackerSlot(taker, tracker);
  await enableSubscription(giver, reverse.name);
  const sent = await sendSentinel(taker, reverse.sentinel);
  await awaitSentinel(giver, reverse.sentinel, sent, { abort, limitMs: ROUND_LIMIT_MS });
}

/** After the opening: what the taker commits from now on arrives on the giver. */
export async function seeWayBack({ giver, taker, handOver, abort }: Attempt): Promise<void> {
  const { sentinel } = feeds(handOver.migration).reverse;
  const sent = await sendSentinel(taker, sentinel);
  await awaitSentinel(giver, sentinel, sent, { abort, limitMs: ROUND_LIMIT_MS });
}
