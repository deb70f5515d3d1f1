import { replicationNames, sessionName } from '../../model/names.ts';
import type { CustodyState } from '../../model/custody.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { failure } from '../failure.ts';
import { connectionString } from './connection-string.ts';
import { feedGaps } from './feed-gaps.ts';
import { feeds, type Feed } from './feed.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { endPublishing } from './publication.ts';
import { publishEverything } from './publishing-side.ts';
import { renewReplicationRole } from './replication-role.ts';
import { awaitSentinel, sendSentinel } from './sentinel.ts';
import { dropSlot, ensureSlot } from './slot.ts';
import {
  createSubscription,
  dropSubscription,
  enableSubscription,
  reconnectSubscription,
  subscriptionExists,
} from './subscription.ts';

/** A subscription's worker starts within 5 s of its last start, and a slot waits for open write transactions. */
const ROUND_LIMIT_MS = 60_000;

/**
 * Arms the way back while the target takes no writes: the source learns every table of publication `reverse`, which from then on
 * carries its sentinel only, and only then does the slot begin, so that nothing that came from the source ever goes back. Returns
 * once a sentinel has gone round. May be repeated, also after a rollback. Throws `CustodyHeldElsewhere` where the target takes
 * writes, `ResourceNotReady` where the sentinel does not arrive, `DatabaseRefused` naming a table the source lacks.
 */
export async function armReverse(
  clients: Pick<Clients, 'openSession'>,
  { migration, source, target }: Sides,
  abort: AbortSignal = new AbortController().signal,
): Promise<void> {
  const name = sessionName(migration, 0);
  const { role } = replicationNames(migration);
  const { reverse } = feeds(migration);
  await using publisher = await clients.openSession(target, { name });
  await using subscriber = await clients.openSession(source, { name });
  await oneAtATime(publisher, role, async () => {
    await whileClosed(publisher, async () => undefined);
    const connection = connectionString({ ...target, role, password: await renewReplicationRole(publisher, role) });
    if (await knowsItsTables(publisher, subscriber, reverse))
      await reconnectSubscription(subscriber, reverse.name, connection);
    else await teachTables(publisher, subscriber, reverse, connection);
    await whileClosed(publisher, () => endPublishing(publisher, reverse.name, reverse.sentinel));
    await ensureSlot(publisher, reverse.name);
    await enableSubscription(subscriber, reverse.name);
  });
  const sent = await sendSentinel(publisher, reverse.sentinel);
  await awaitSentinel(subscriber, reverse.sentinel, sent, { abort, limitMs: ROUND_LIMIT_MS });
}

const knowsItsTables = async (publisher: Session, subscriber: Session, { name }: Feed): Promise<boolean> =>
  (await subscriptionExists(subscriber, name)) && (await feedGaps(publisher, subscriber, name)).length === 0;

/** Without a slot the full publication sends nothing; with one it would send back what comes from the source. */
async function teachTables(publisher: Session, subscriber: Session, reverse: Feed, connection: string): Promise<void> {
  await whileClosed(publisher, () => dropSlot(publisher, reverse.name));
  await whileCustody(subscriber, ['open', 'taken'], () => dropSubscription(subscriber, reverse.name));
  await whileClosed(publisher, () => publishEverything(publisher, reverse));
  // A big transaction is spooled where it happened, not on the source's smaller disk.
  await createSubscription(subscriber, { name: reverse.name, connection, streaming: false });
}

/** The target takes no writes yet: later its publication carries rows, and all of this belongs to the hand-over. */
const whileClosed = (publisher: Session, deed: () => Promise<unknown>): Promise<void> =>
  whileCustody(publisher, ['closed', 'given'], deed);

/** The row lock keeps a hand-over waiting, or shows an attempt that slept through one what has become of custody. */
async function whileCustody(
  side: Session,
  wanted: readonly CustodyState[],
  deed: () => Promise<unknown>,
): Promise<void> {
  await side.transaction(async () => {
    const [custody] = await side.query<{ state: CustodyState }>('SELECT state FROM daybreak.custody FOR UPDATE');
    if (custody === undefined || !wanted.includes(custody.state))
      throw failure(
        'CustodyHeldElsewhere',
        `custody is ${custody?.state ?? 'gone'}; wanted ${wanted.join(' or ')}: the way back is armed while the source takes the writes`,
      );
    await deed();
  });
}
