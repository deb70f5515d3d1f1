import { take } from '../../model/custody.ts';
import { traitsOf } from '../../model/strategy.ts';
import { beginPublishing } from '../replication/publication.ts';
import type { Attempt } from './attempt.ts';
import { REFUSAL } from './custody-schema.ts';
import { doDeed, readCustodyRow } from './custody-store.ts';
import { endReaders } from './fence.ts';
import { feedsOf } from './feeds.ts';
import { countRowChanges } from './row-changes.ts';

/**
 * The opening: one transaction on the taking side sets custody `taken`, removes the refusing triggers of an earlier hand-over
 * opens the doors and, where rows follow by themselves, begins to publish them: it opens with the way back. Call it only after the giver was read as `given`. Does nothing where it is done already.
 */
export async function openTaker(attempt: Attempt): Promise<void> {
  const { taker, token, handOver } = attempt;
  await taker.transaction(async () => {
    const before = await readCustodyRow(taker);
    await doDeed(taker, (found) => take(found, { token, handOver: handOver.handOver }));
    if (before?.state === 'taken') return;
    await taker.query(`DROP FUNCTION daybreak.refuse() CASCADE; ${REFUSAL}`);
    if (traitsOf(handOver.plan).follows) {
      const { beginning } = feedsOf(attempt);
      await beginPublishing(taker, beginning.name, beginning.sentinel);
    }
    await taker.query('SELECT daybreak.open_doors(doors) FROM daybreak.custody');
    await taker.query('UPDATE daybreak.custody SET doors = NULL, baseline = $1', [await countRowChanges(taker)]);
  });
  if (applicationIsUs(attempt)) await endReaders(taker, attempt.name);
}

/** Whether the application logs in to the taking side as the role we work as. */
function applicationIsUs({ direction, handOver: { source, target, plan } }: Attempt): boolean {
  const { user } = direction === 'source-to-target' ? target : source;
  return plan.roles.some(({ name }) => name === user);
}
