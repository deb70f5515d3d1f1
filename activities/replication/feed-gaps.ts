import type { Session } from '../clients.ts';

/** Every permanent user table that holds rows itself; partitions for themselves. */
const ROWS_IN = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence = 'p'
     AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')`;

/** What the subscription takes rows for; a table that is not ready is still being copied by PostgreSQL itself. */
const TAKEN = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, r.srsubstate = 'r' AS ready
    FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
    JOIN pg_subscription_rel r ON r.srsubid = s.oid
    JOIN pg_class c ON c.oid = r.srrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE s.subname = $1`;

/**
 * Tables of the publisher whose rows the subscription would leave out: they were made, or their like on the subscriber dropped,
 * after the subscription learnt its tables. Quoted names; none is what is wanted. One question to each side, at the same time.
 */
export async function feedGaps(
  publisher: Session,
  subscriber: Session,
  subscription: string,
): Promise<readonly string[]> {
  const [wanted, taken] = await Promise.all([
    publisher.query<{ name: string }>(ROWS_IN),
    subscriber.query<{ name: string; ready: boolean }>(TAKEN, [subscription]),
  ]);
  const known = new Set(taken.map(({ name }) => name));
  return wanted.map(({ name }) => name).filter((name) => !known.has(name));
}

/** Tables PostgreSQL's own table sync still copies for the subscription. */
export async function tablesInSync(subscriber: Session, subscription: string): Promise<readonly string[]> {
  const taken = await subscriber.query<{ name: string; ready: boolean }>(TAKEN, [subscription]);
  return taken.filter(({ ready }) => !ready).map(({ name }) => name);
}
