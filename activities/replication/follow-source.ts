import { replicationNames, sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { endLease } from '../copy/live/lease.ts';
import { failure } from '../failure.ts';
import { connectionString } from './connection-string.ts';
import { feedGaps } from './feed-gaps.ts';
import { feeds, type Feed } from './feed.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { renewReplicationRole } from './replication-role.ts';
import { slotHealth } from './slot-health.ts';
import { createSubscription, enableSubscription, reconnectSubscription, subscriptionExists } from './subscription.ts';

/**
 * Makes subscription `forward` on the target, which goes on where the slot's snapshot ended, enables it and ends the snapshot's lease.
 * Call it once the copy is complete. Repeated it gives the subscription a new password, for the old one is unknown. Throws `CopyFailed`
 * where the slot is gone or lost, or a table of the source is not covered: only a new copy helps then.
 */
export async function followSource(
  clients: Pick<Clients, 'openSession'>,
  { migration, source, target }: Sides,
): Promise<void> {
  const name = sessionName(migration, 0);
  const { role } = replicationNames(migration);
  const { forward } = feeds(migration);
  await using from = await clients.openSession(source, { name });
  await using to = await clients.openSession(target, { name });
  await oneAtATime(from, role, async () => {
    await demandSlot(from, forward.name);
    const connection = connectionString({ ...source, role, password: await renewReplicationRole(from, role) });
    if (await subscriptionExists(to, forward.name)) await reconnectSubscription(to, forward.name, connection);
    // Big transactions are spooled on the target's disk, not on that of the source, which serves the application.
    else await createSubscription(to, { name: forward.name, connection, streaming: true });
    await demandAllTables(from, to, forward);
    await enableSubscription(to, forward.name);
    // Nobody needs the snapshot any more, and it holds back VACUUM.
    await endLease(from, migration);
  });
}

async function demandSlot(source: Session, name: string): Promise<void> {
  const health = await slotHealth(source, name);
  const found = health === null ? 'none' : health.walStatus;
  if (found === 'none' || found === 'lost')
    throw failure(
      'CopyFailed',
      `slot ${name} on the source: found ${found}; wanted one that kept every change since the copy`,
    );
}

async function demandAllTables(source: Session, target: Session, { name }: Feed): Promise<void> {
  const gaps = await feedGaps(source, target, name);
  if (gaps.length > 0)
    throw failure(
      'CopyFailed',
      `subscription ${name} covers ${gaps.length} tables of the source not, first ${gaps.slice(0, 5).join(', ')}; wanted all: they were made after the copy began`,
    );
}
