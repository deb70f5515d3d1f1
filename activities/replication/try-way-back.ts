import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as wait } from 'node:timers/promises';
import { replicationNames, sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { failure } from '../failure.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { connectionString } from './connection-string.ts';
import { tablesWithoutIdentity } from './publishing-side.ts';
import { isStandby } from '../postgres/is-standby.ts';
import { dropReplicationRole, renewReplicationRole } from './replication-role.ts';
import { createSubscription, dropSubscription } from './subscription.ts';

/**
 * Before the gate, where the way back is made behind the fence: the source logs in to the target as its subscription will, and follows nothing.
 * Answers what stands in the way, in words, or null. Leaves nothing behind. Throws `DatabaseUnreachable` where we reach a side not.
 */
export async function tryWayBack(
  { openSession }: Pick<Clients, 'openSession'>,
  { migration, source, target }: Sides,
): Promise<{ readonly obstacle: string | null }> {
  const name = sessionName(migration, 0);
  await using subscriber = await openSession(source, { name });
  await using publisher = await openSession(target, { name });
  const bare = await tablesWithoutIdentity(subscriber);
  if (bare.length > 0)
    return { obstacle: `${bare.slice(0, 5).join(', ')} have no primary key and no replica identity; give them one` };
  const { role, reverse } = replicationNames(migration);
  // A replica has the roles of its source.
  const maker = (await isStandby(publisher)) ? subscriber : publisher;
  const password = await renewReplicationRole(maker, role);
  try {
    await arrived(publisher, role);
    await dropSubscription(subscriber, reverse);
    return { obstacle: await obstacleTo(subscriber, reverse, connectionString({ ...target, role, password })) };
  } finally {
    await dropReplicationRole(maker, role);
  }
}

async function obstacleTo(subscriber: Session, subscription: string, connection: string): Promise<string | null> {
  try {
    // Disabled, and without a slot: it asks the publisher for its tables, and nothing after that.
    await createSubscription(subscriber, { name: subscription, connection, streaming: false });
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || sqlStateOf(error) === null) throw error;
    return `the source cannot follow the target: ${error.message}. Let the source's security group and routes reach the target's port`;
  }
  await dropSubscription(subscriber, subscription);
  return null;
}

const ARRIVAL_LIMIT_MS = 20_000;
const BETWEEN_LOOKS_MS = 100;

async function arrived(session: Session, role: string): Promise<void> {
  const giveUp = performance.now() + ARRIVAL_LIMIT_MS;
  while ((await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).length === 0) {
    if (performance.now() > giveUp) throw failure('ResourceNotReady', `role ${role} did not reach the target yet`);
    await wait(BETWEEN_LOOKS_MS);
  }
}
