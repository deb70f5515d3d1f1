import { take } from '../../model/custody.ts';
import { replicationNames } from '../../model/names.ts';
import { traitsOf } from '../../model/strategy.ts';
import { beginPublishing, publicationExists } from '../replication/publication.ts';
import type { Session } from '../clients.ts';
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
  const { taker } = attempt;
  if ((await readCustodyRow(taker))?.state === 'taken') return await taker.transaction(() => setTaken(attempt, taker));
  await taker.transaction(async () => {
    await openAhead(attempt, taker);
    const baseline = await letWrite(taker);
    await setTaken(attempt, taker);
    await forTheWayBack(attempt, taker, baseline);
  });
  await endMisledReaders(attempt);
}

/** An opening that lacks its last word. Left alone it never happens, by {@link PREPARED_LIMIT} at the latest. */
export interface PreparedOpening {
  /** Sets custody `taken` and commits. Only after the giver was read as `given`. */
  open(): Promise<void>;
}

/** If we freeze, the server drops what was prepared, and its locks, after this. */
const PREPARED_LIMIT = '5s';

/**
 * Publication and doors, in the transaction that is open on a session of the taking side: nobody waits for them, and nothing shows of them
 * before its commit.
 */
export async function openAhead(attempt: Attempt, session: Session): Promise<void> {
  const { beginning } = feedsOf(attempt);
  if (beginning !== null && (await isArmed(session, beginning.name, attempt)))
    await beginPublishing(session, beginning.name, beginning.sentinel);
  await session.query('SELECT daybreak.open_doors(doors) FROM daybreak.custody');
}

/**
 * The rest of the opening but custody, in the transaction of {@link openAhead}; whoever touches a table of that side waits until then. The
 * custody row is left alone, so that a successor's claim does not wait.
 */
export async function prepareOpening(attempt: Attempt, session: Session): Promise<PreparedOpening> {
  await session.query(`SET LOCAL idle_in_transaction_session_timeout = '${PREPARED_LIMIT}'`);
  const baseline = await letWrite(session);
  return {
    open: async () => {
      await setTaken(attempt, session);
      await forTheWayBack(attempt, session, baseline);
      await session.query('COMMIT');
      await endMisledReaders(attempt);
    },
  };
}

/** Answers how many row changes the server had counted until then. */
async function letWrite(session: Session): Promise<number> {
  await session.query(`DROP FUNCTION daybreak.refuse() CASCADE; ${REFUSAL}`);
  return await countRowChanges(session);
}

const setTaken = async ({ token, handOver: { handOver } }: Attempt, session: Session): Promise<void> =>
  void (await doDeed(session, (found) => take(found, { token, handOver })));

/** Both sides are equal at this moment: a tracker that stands already will tell what is not any more, and nothing else has to be compared. */
async function forTheWayBack({ handOver }: Attempt, session: Session, baseline: number): Promise<void> {
  await session.query(
    `UPDATE daybreak.custody SET doors = NULL, baseline = $1,
            tracked = EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $2 AND wal_status IS DISTINCT FROM 'lost')`,
    [baseline, replicationNames(handOver.migration).tracker],
  );
}

/** A way back that was made behind the fence was complete before the commit: that its publication is there says so, to a successor too. */
const isArmed = async (taker: Session, publication: string, { handOver: { plan } }: Attempt): Promise<boolean> =>
  traitsOf(plan).follows || (await publicationExists(taker, publication));

/** Where the application logs in as we do, sessions of it that began while the doors were shut believe that they may only read. */
async function endMisledReaders({ direction, handOver, taker }: Attempt): Promise<void> {
  const login = direction === 'source-to-target' ? handOver.target : handOver.source;
  if (applicationIsUs(handOver, login)) await endReaders(taker);
}
