import { escapeIdentifier } from 'pg';
import { replicationNames } from '../../../model/names.ts';
import type { Session } from '../../clients.ts';
import { slotHealth } from '../../replication/slot-health.ts';
import { dropSlot } from '../../replication/slot.ts';
import { dropSubscription, subscriptionExists } from '../../replication/subscription.ts';
import { dropSyncSlots } from '../../replication/sync-slots.ts';
import { leaveToSync, readMarks } from './copy-state.ts';
import { rowsMark } from './copy-table.ts';
import { restToSync } from './rest-to-sync.ts';
import { slotStandsAt } from './slot.ts';
import { identityNow, wasAltered, type TableToCopy } from './tables.ts';
import type { BegunCopy, SnapshotOrder } from './take-snapshot.ts';

/**
 * Whether the copy goes on without its snapshot: tables that were copied stay as they are, as of the slot's first change, and the rest
 * comes by PostgreSQL's own table sync. Decided once, on the state of then; as long as the slot lives it holds.
 */
export async function goesOnBySync(order: SnapshotOrder, found: BegunCopy): Promise<boolean> {
  const { migration, from, into, claim } = order;
  const { forward } = replicationNames(migration);
  if (found.syncing && (await subscriptionExists(into, forward))) {
    const slot = await slotHealth(from, forward);
    return slot !== null && slot.walStatus !== 'lost';
  }
  if (!(await slotStandsAt(from, forward, found.slotLsn))) return false;
  if (found.syncing) return true;
  const left = await restOf(order, found.blueprint.tables);
  if (left === null) return false;
  await leaveToSync(
    into,
    claim,
    left.map(({ name }) => name),
  );
  return true;
}

async function restOf(
  { migration, from, into }: SnapshotOrder,
  tables: readonly TableToCopy[],
): Promise<readonly TableToCopy[] | null> {
  const done = new Set((await readMarks(into)).map(({ what }) => what));
  const isDone = (table: TableToCopy): boolean => done.has(rowsMark(table));
  const published = await publishedRows(from, replicationNames(migration).forward);
  const altered = await alteredOf(
    from,
    tables.filter((table) => !isDone(table)),
  );
  return restToSync({ tables, isDone, published, altered });
}

/** Names of those that are not any more what the snapshot saw. `from` is outside of it. */
export async function alteredOf(from: Session, tables: readonly TableToCopy[]): Promise<ReadonlySet<string>> {
  const altered = new Set<string>();
  for (const table of tables) {
    const now = await identityNow(from, table);
    if (now === null || wasAltered(table.identity, now)) altered.add(table.name);
  }
  return altered;
}

interface PublishedRows {
  readonly name: string;
  readonly rowSecurity: boolean;
}

/** Tables of our users whose rows a publication carries; partitions stand for their root. */
export async function publishedRows(from: Session, publication: string): Promise<readonly PublishedRows[]> {
  const rows = await from.query<{ schema: string; table: string; rowSecurity: boolean }>(
    `SELECT schemaname AS schema, tablename AS table, c.relrowsecurity AS "rowSecurity"
       FROM pg_publication_tables p JOIN pg_namespace n ON n.nspname = p.schemaname
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
      WHERE p.pubname = $1 AND schemaname <> 'daybreak'`,
    [publication],
  );
  return rows.map(({ schema, table, rowSecurity }) => ({
    name: `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`,
    rowSecurity,
  }));
}

/** Before everything is copied anew: nothing may follow the slot, or keep one. */
export async function endSync({
  migration,
  from,
  into,
}: Pick<SnapshotOrder, 'migration' | 'from' | 'into'>): Promise<void> {
  const { forward, copied } = replicationNames(migration);
  if (await dropSubscription(into, forward)) await dropSlot(from, forward);
  await dropSyncSlots(from);
  await from.query(`DROP PUBLICATION IF EXISTS ${escapeIdentifier(copied)}`);
}
