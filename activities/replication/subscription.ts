import { setTimeout as wait } from 'node:timers/promises';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../clients.ts';
import { sqlStateOf } from '../postgres/postgres-failure.ts';
import { serverMajor } from '../postgres/server-major.ts';

export interface SubscriptionOrder {
  /** Of subscription, publication and slot. */
  readonly name: string;
  /** The publication to begin with, where that is another. */
  readonly publication?: string;
  /** libpq's connection string, with the password. */
  readonly connection: string;
  /** Spool big open transactions on this side, instead of on the publisher's disk. */
  readonly streaming: boolean;
}

/**
 * Options, and why (manual, CREATE SUBSCRIPTION):
 * - `synchronous_commit = on`: a sentinel that arrived is durable, and all before it; a crash of this side cannot take back a drain.
 * - `binary = false`: text is exact for every type; the binary form of arrays and composites of user-defined types holds OIDs.
 * - `disable_on_error = false`: a lost connection counts as an error, too, and a subscription that a network cut ended for good would
 *   end the way back. Errors are counted in `pg_stat_subscription_stats` and shown while we wait.
 * - `origin = none` (16): rows that came by replication are not sent on. The publications alone prevent that already; this holds where
 *   somebody changes them by hand.
 * - `run_as_owner = false` (16): rows are applied as the table's owner, so that its triggers and defaults never run with our rights.
 * - `password_required = true` (16): what somebody who is no superuser must have, and wants.
 */
const options = (name: string, streaming: boolean, major: number): string =>
  [
    'enabled = false',
    'create_slot = false',
    'copy_data = false',
    `slot_name = ${escapeLiteral(name)}`,
    'synchronous_commit = on',
    'binary = false',
    'two_phase = false',
    'disable_on_error = false',
    `streaming = ${streaming}`,
    ...(major >= 16 ? ['origin = none', 'run_as_owner = false', 'password_required = true'] : []),
  ].join(', ');

/** The server's connection to the publisher failed, not ours; the role it logs in as was made a moment ago. */
const NO_CONNECTION = '08006';
const CONNECT_LIMIT_MS = 10_000;
const BETWEEN_TRIES_MS = 200;

/**
 * Makes the subscription, disabled; the publisher is asked for its tables now, which have to be all of them: a row of a table that
 * is not known at this moment is left out in silence, and a REFRESH at a time of sentinels would forget them all.
 */
export async function createSubscription(
  session: Session,
  { name, publication = name, connection, streaming }: SubscriptionOrder,
): Promise<void> {
  const create = `CREATE SUBSCRIPTION ${escapeIdentifier(name)} CONNECTION ${escapeLiteral(connection)}
    PUBLICATION ${escapeIdentifier(publication)} WITH (${options(name, streaming, await serverMajor(session))})`;
  const giveUp = performance.now() + CONNECT_LIMIT_MS;
  for (;;) {
    try {
      return void (await session.query(create));
    } catch (error) {
      if (sqlStateOf(error) !== NO_CONNECTION || performance.now() > giveUp) throw error;
      await wait(BETWEEN_TRIES_MS);
    }
  }
}

export async function reconnectSubscription(session: Session, name: string, connection: string): Promise<void> {
  await session.query(`ALTER SUBSCRIPTION ${escapeIdentifier(name)} CONNECTION ${escapeLiteral(connection)}`);
}

export async function enableSubscription(session: Session, name: string): Promise<void> {
  await session.query(`ALTER SUBSCRIPTION ${escapeIdentifier(name)} ENABLE`);
}

export async function subscriptionExists(session: Session, name: string): Promise<boolean> {
  const found = await session.query(
    `SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname = current_database() AND s.subname = $1`,
    [name],
  );
  return found.length > 0;
}

/** Drops it without asking the publisher, whose slot stays; answers whether it was there. */
export async function dropSubscription(session: Session, name: string): Promise<boolean> {
  if (!(await subscriptionExists(session, name))) return false;
  const quoted = escapeIdentifier(name);
  await session.query(`ALTER SUBSCRIPTION ${quoted} DISABLE`);
  await session.query(`ALTER SUBSCRIPTION ${quoted} SET (slot_name = NONE)`);
  await session.query(`DROP SUBSCRIPTION ${quoted}`);
  return true;
}
