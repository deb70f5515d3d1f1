import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';
import { inLanes } from './lanes.ts';
import { LARGE_OBJECTS } from './large-objects.ts';
import { summed } from './row-hash.ts';
import { tablesToHash, type TableToHash } from './table-list.ts';

/** What all rows of one table amount to, whatever their order. Counts and hashes are exact integers, kept as text. */
export interface Fingerprint {
  /** A materialised view has no rows of its own: `hash` tells whether it is filled. */
  readonly kind: 'table' | 'large objects' | 'materialized view';
  readonly schema: string;
  readonly table: string;
  readonly rows: string;
  readonly hash: string;
}

/**
 * Equal text for equal values on both sides. With row_security off a policy makes a query fail instead of hiding rows from it;
 * a server whose client died stops computing.
 */
export const HASH_SETTINGS = `
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex';
SET extra_float_digits = 3; SET search_path = ''; SET client_encoding = 'UTF8'; SET lc_monetary = 'C'; SET xmloption = 'content';
SET row_security = off; SET client_connection_check_interval = '2s'`;

/**
 * Fingerprints every table, all large objects and the materialised views, one table a session at a time.
 * The sessions must have {@link HASH_SETTINGS}, see one and the same state, and read every row. `onTable` is told how many are done.
 */
export async function fingerprintAll(
  sessions: readonly Session[],
  onTable: (done: number, of: number) => void = () => undefined,
): Promise<Fingerprint[]> {
  const [first] = sessions;
  if (first === undefined) throw new Error('fingerprints need a session');
  const tables = await tablesToHash(first);
  const views = await materializedViews(first);
  let done = 0;
  const prints = await inLanes(sessions, [...tables, null], async (session, table) => {
    const print = table === null ? await largeObjects(session) : await fingerprintTable(session, table);
    if (table !== null) onTable((done += 1), tables.length);
    return print;
  });
  return [...prints, ...views];
}

export async function fingerprintTable(
  session: Session,
  { schema, table, expressions }: TableToHash,
): Promise<Fingerprint> {
  const [row] = await session.query<{ rows: string; hash: string }>(
    `SELECT count(*)::text AS rows, ${summed(expressions.join(', '))}
       FROM ONLY ${escapeIdentifier(schema)}.${escapeIdentifier(table)} AS t`,
  );
  return { kind: 'table', schema, table, rows: row?.rows ?? '0', hash: row?.hash ?? '0' };
}

async function largeObjects(session: Session): Promise<Fingerprint> {
  const [row] = await session.query<{ rows: string; hash: string }>(LARGE_OBJECTS);
  return {
    kind: 'large objects',
    schema: 'pg_catalog',
    table: 'pg_largeobject',
    rows: row?.rows ?? '0',
    hash: row?.hash ?? '0',
  };
}

/**
 * A materialised view is filled anew from the copied rows, while the source's may be as old as its last refresh: their contents
 * are no measure of the copy.
 */
async function materializedViews(session: Session): Promise<Fingerprint[]> {
  return session.query<Fingerprint>(
    `SELECT 'materialized view' AS kind, n.nspname AS schema, c.relname AS table, '0' AS rows,
            relispopulated::int::text AS hash
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'm' AND n.nspname !~ '^pg_' AND n.nspname <> 'daybreak'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
      ORDER BY 2, 3`,
  );
}
