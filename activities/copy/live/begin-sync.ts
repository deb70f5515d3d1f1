import { escapeIdentifier } from 'pg';
import { replicationNames } from '../../../model/names.ts';
import type { Session } from '../../clients.ts';
import { connectionString } from '../../replication/connection-string.ts';
import { feeds } from '../../replication/feed.ts';
import { oneAtATime } from '../../replication/one-at-a-time.ts';
import { renewReplicationRole } from '../../replication/replication-role.ts';
import { createSubscription, enableSubscription, subscriptionExists } from '../../replication/subscription.ts';
import { expectSyncSlots } from '../../replication/sync-slots.ts';
import { demandClaim } from '../target-claim.ts';
import { publishedRows } from './lost-snapshot.ts';
import type { TableToCopy } from './tables.ts';
import type { SnapshotOrder } from './take-snapshot.ts';

/**
 * Makes subscription `forward` so that it applies changes to the tables that were copied, and copies those that are `left` by itself.
 * A subscription learns its tables from its publications, all of them copied or none: so it is made for a publication of the copied ones
 * alone, without copying, and then given publication `forward`, with copying what that has besides. The latter is never touched, for
 * what it carries is judged at each place of the log. Nothing is applied wrongly in between: of a publication that began later than the
 * slot the stream knows nothing, and ends.
 */
export async function beginSync(order: SnapshotOrder, left: readonly TableToCopy[]): Promise<void> {
  const { migration, source, claim, from, into } = order;
  const { forward, copied, role } = replicationNames(migration);
  await oneAtATime(from, role, async () => {
    await into.transaction(() => demandClaim(into, claim));
    if (!(await subscriptionExists(into, forward))) {
      await publishCopied(order, left);
      const connection = connectionString({ ...source, role, password: await renewReplicationRole(from, role) });
      await createSubscription(into, { name: forward, publication: copied, connection, streaming: true });
    }
    await letRead(from, role, left);
    await expectSyncSlots(from, into, { subscription: forward, tables: left.map(({ name }) => name) });
    await enableSubscription(into, forward);
    if (await followsOnly(into, forward, copied))
      await into.query(
        `ALTER SUBSCRIPTION ${escapeIdentifier(forward)} SET PUBLICATION ${escapeIdentifier(forward)} WITH (refresh = true, copy_data = true)`,
      );
    await from.query(`DROP PUBLICATION IF EXISTS ${escapeIdentifier(copied)}`);
  });
}

async function publishCopied({ migration, from }: SnapshotOrder, left: readonly TableToCopy[]): Promise<void> {
  const { forward, copied } = replicationNames(migration);
  const missing = new Set(left.map(({ name }) => name));
  const done = (await publishedRows(from, forward)).map(({ name }) => name).filter((name) => !missing.has(name));
  const tables = [feeds(migration).forward.sentinel, ...done].map((name) => `ONLY ${name}`).join(', ');
  await from.query(`DROP PUBLICATION IF EXISTS ${escapeIdentifier(copied)}`);
  await from.query(`CREATE PUBLICATION ${escapeIdentifier(copied)} FOR TABLE ${tables}`);
}

/** The grants go with the role, which is made anew when the target follows. Rows hidden by a policy are an error, not left out. */
async function letRead(from: Session, role: string, left: readonly TableToCopy[]): Promise<void> {
  const name = escapeIdentifier(role);
  const schemas = await from.query<{ name: string }>(
    `SELECT DISTINCT quote_ident(nspname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = ANY ($1::oid[])`,
    [left.map(({ oid }) => oid)],
  );
  await from.query(`GRANT USAGE ON SCHEMA ${schemas.map((schema) => schema.name).join(', ')} TO ${name}`);
  await from.query(`GRANT SELECT ON TABLE ${left.map((table) => table.name).join(', ')} TO ${name}`);
  await from.query(`ALTER ROLE ${name} SET row_security = off`);
}

async function followsOnly(into: Session, subscription: string, publication: string): Promise<boolean> {
  const found = await into.query(
    `SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
      WHERE d.datname = current_database() AND s.subname = $1 AND s.subpublications = ARRAY[$2]`,
    [subscription, publication],
  );
  return found.length > 0;
}
