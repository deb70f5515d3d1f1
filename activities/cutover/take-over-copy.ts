import { isSourcesRow } from '../../model/custody.ts';
import type { Clients, Session } from '../clients.ts';
import type { Login } from '../contract.ts';
import { failure } from '../failure.ts';
import { dropSubscription } from '../replication/subscription.ts';
import { readCustodyRow, type HeldCustody } from './custody-store.ts';

/** What a copy of the source's files has to be before it is made a side of its own. */
export interface CopyWanted {
  readonly migration: string;
  /** The hand-over behind whose fence it was made; null for a rehearsal, made while the source took writes. */
  readonly behind: { readonly handOver: string; readonly token: number } | null;
}

/**
 * Makes a copy of the source's files a side of its own: drops the subscriptions that came along, which belong to the source's slots elsewhere,
 * and sets its custody `closed`; its tables refuse writes from then on. Its doors stay as the fence shut them, and what it takes to open
 * them came along too.
 * May be repeated for a rehearsal. Throws `VerificationFailed` where the copy was not made behind the fence that is wanted.
 */
export async function takeOverCopy(
  clients: Clients,
  login: Login,
  session: Session,
  wanted: CopyWanted,
): Promise<void> {
  const held = await readCustodyRow(session);
  if (wanted.behind === null && held?.state === 'closed' && held.migration === wanted.migration) return;
  demandCopy(held, wanted);
  await dropSubscriptions(clients, login, session);
  await session.transaction(async () => {
    await session.query('SELECT FROM daybreak.custody FOR UPDATE');
    demandCopy(await readCustodyRow(session), wanted);
    await session.query(
      `UPDATE daybreak.custody SET state = 'closed', before = NULL, hand_over = NULL, deadline = NULL, fenced_at = NULL,
              fence_lsn = NULL, facts = NULL, updated_at = clock_timestamp()`,
    );
    // Doors that came along do not hold whoever logs in as we do; the opening takes these away.
    await session.query('SELECT daybreak.refuse_writes()');
  });
}

function demandCopy(held: HeldCustody | null, { migration, behind }: CopyWanted): void {
  const fits =
    held?.migration === migration &&
    (behind === null
      ? isSourcesRow(held)
      : held.state === 'fenced' && held.handOver === behind.handOver && held.token === behind.token);
  if (fits) return;
  throw failure(
    'VerificationFailed',
    `the copy's custody is ${held?.state ?? 'absent'} under ${held?.migration ?? 'nobody'}; wanted the source's of ${migration}${behind === null ? '' : ', fenced by this attempt: it was not made behind the fence'}`,
  );
}

/** In every database of the copy: a subscription can only be dropped from its own. */
async function dropSubscriptions(clients: Clients, login: Login, session: Session): Promise<void> {
  const found = await session.query<{ name: string; database: string }>(
    'SELECT s.subname AS name, d.datname AS database FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid ORDER BY 2, 1',
  );
  for (const { name, database } of found) {
    if (database === login.database) await dropSubscription(session, name);
    else {
      await using elsewhere = await clients.openSession(login, { name: 'daybreak/take-over', database });
      await dropSubscription(elsewhere, name);
    }
  }
}
