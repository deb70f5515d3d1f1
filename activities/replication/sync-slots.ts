import type { Session } from '../clients.ts';
import { dropSlot } from './slot.ts';

/**
 * The slots that PostgreSQL's own table sync makes on the publisher, one for each table under way: `pg_<subscription>_sync_<table>_…`,
 * by OIDs of the subscriber (manual, section 31.7 "Initial snapshot"). A subscriber that is gone leaves its own behind, and they would
 * keep log for ever. So what they will be called is written down beside the publication before the first is made.
 */
const EXPECTED = `CREATE TABLE IF NOT EXISTS daybreak.sync_slot (prefix text PRIMARY KEY)`;

/** `tables`: quoted names on the subscriber, which holds the subscription already. */
export async function expectSyncSlots(
  publisher: Session,
  subscriber: Session,
  { subscription, tables }: { readonly subscription: string; readonly tables: readonly string[] },
): Promise<void> {
  const prefixes = await subscriber.query<{ prefix: string }>(
    `SELECT format('pg_%s_sync_%s_', s.oid, t.name::regclass::oid) AS prefix
       FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid CROSS JOIN unnest($2::text[]) t (name)
      WHERE d.datname = current_database() AND s.subname = $1`,
    [subscription, tables],
  );
  await publisher.query(EXPECTED);
  await publisher.query('INSERT INTO daybreak.sync_slot SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [
    prefixes.map(({ prefix }) => prefix),
  ]);
}

/** Names of those that stand now. */
export async function syncSlots(publisher: Session): Promise<readonly string[]> {
  const [found] = await publisher.query<{ at: string | null }>(`SELECT to_regclass('daybreak.sync_slot') AS at`);
  if (found?.at == null) return [];
  const slots = await publisher.query<{ name: string }>(
    `SELECT slot_name AS name FROM pg_replication_slots
      WHERE database = current_database() AND EXISTS (SELECT FROM daybreak.sync_slot WHERE starts_with(slot_name, prefix))`,
  );
  return slots.map(({ name }) => name);
}

/** Once nobody syncs any more; answers whether there were any. */
export async function dropSyncSlots(publisher: Session): Promise<boolean> {
  const slots = await syncSlots(publisher);
  for (const slot of slots) await dropSlot(publisher, slot);
  await publisher.query('DROP TABLE IF EXISTS daybreak.sync_slot');
  return slots.length > 0;
}
