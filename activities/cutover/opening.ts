import { take } from '../../model/custody.ts';
import { replicationNames } from '../../model/names.ts';
import { traitsOf } from '../../model/strategy.ts';
import { beginPublishing, publicationExists } from '../replication/publication.ts';
import type { Session } from '../clients.ts';
import type { Login } from '../contract.ts';
import { applicationIsUs } from './application-is-us.ts';
import type { Attempt } from './attempt.ts';
import { REFUSAL } from './custody-schema.ts';
import { doDeed, readCustodyRow } from './custody-store.ts';
import { endReaders } from './fence.ts';
import { feedsOf } from './feeds.ts';
import { countRowChanges } from './row-changes.ts';

/**
 * The opening: one transaction on the taking side sets custody `taken`, removes the refusing triggers of an earlier hand-over,
 * opens the doors and, where rows follow by themselves, begins to publish them: it opens with the way back. Call it only after the giver
 * was read as `given`. Does nothing where it is done already.
 */
export async function openTaker(attempt: Attempt): Promise<void> {
  await using opening = await prepareOpening(attempt);
  await opening.open();
}

/** An opening that lacks its last word. Left alone it never happens, by {@link PREPARED_LIMIT} at the latest. */
export interface PreparedOpening extends AsyncDisposable {
  /** Sets custody `taken` and commits. Only after the giver was read as `given`. */
  open(): Promise<void>;
}

/** If we freeze, the server drops what was prepared, and its locks, after this. */
const PREPARED_LIMIT = '5s';

/**
 * Does all of the opening but custody, in a transaction that stays open on the taker's session; whoever touches a table of that side waits
 * until then. The custody row is left alone, so that a successor's claim does not wait.
 */
export async function prepareOpening(attempt: Attempt): Promise<PreparedOpening> {
  const { taker, token, handOver } = attempt;
  let begun = true;
  const rollBack = async (): Promise<void> => {
    // A session that cannot is gone, and so is what it had open.
    if (begun) await taker.query('ROLLBACK').catch(() => undefined);
    begun = false;
  };
  await taker.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = '${PREPARED_LIMIT}'`);
  try {
    const isTaken = (await readCustodyRow(taker))?.state === 'taken';
    const baseline = isTaken ? null : await openUp(attempt);
    const open = async (): Promise<void> => {
      await doDeed(taker, (found) => take(found, { token, handOver: handOver.handOver }));
      if (!isTaken) await forTheWayBack(attempt, baseline);
      await taker.query('COMMIT');
      begun = false;
      if (!isTaken && applicationIsUs(handOver, takerLogin(attempt))) await endReaders(taker);
    };
    return { open, [Symbol.asyncDispose]: rollBack };
  } catch (error) {
    await rollBack();
    throw error;
  }
}

/** Both sides are equal at this moment: a tracker that stands already will tell what is not any more, and nothing else has to be compared. */
async function forTheWayBack({ taker, handOver }: Attempt, baseline: number | null): Promise<void> {
  await taker.query(
    `UPDATE daybreak.custody SET doors = NULL, baseline = $1,
            tracked = EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $2 AND wal_status IS DISTINCT FROM 'lost')`,
    [baseline, replicationNames(handOver.migration).tracker],
  );
}

/** Answers how many row changes the server had counted until then. */
async function openUp({ taker, handOver, ...attempt }: Attempt): Promise<number> {
  await taker.query(`DROP FUNCTION daybreak.refuse() CASCADE; ${REFUSAL}`);
  const { beginning } = feedsOf({ handOver, ...attempt });
  if (beginning !== null && (await isArmed(taker, beginning.name, handOver)))
    await beginPublishing(taker, beginning.name, beginning.sentinel);
  await taker.query('SELECT daybreak.open_doors(doors) FROM daybreak.custody');
  return await countRowChanges(taker);
}

/** A way back that was made behind the fence was complete before the commit: that its publication is there says so, to a successor too. */
const isArmed = async (taker: Session, publication: string, { plan }: Attempt['handOver']): Promise<boolean> =>
  traitsOf(plan).follows || (await publicationExists(taker, publication));

const takerLogin = ({ direction, handOver: { source, target } }: Attempt): Login =>
  direction === 'source-to-target' ? target : source;
