import type { Session } from '../clients.ts';

/**
 * A partitioned table stands in a publication for all its partitions, also those that are attached later: rows of one the other side
 * lacks stop its apply worker, loudly, instead of being left out in silence. They are published as the partitions' own
 * (`publish_via_partition_root` stays off), or a TRUNCATE of a single partition would not be replicated (manual, CREATE PUBLICATION).
 * What is unlogged never reaches the WAL, also as a partition; permanent partitions of an unlogged root stand for themselves.
 */
export const PUBLISHED_TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
     AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND NOT (c.relispartition AND EXISTS (
           SELECT FROM pg_partition_ancestors(c.oid) a JOIN pg_class up ON up.oid = a.relid
            WHERE up.oid <> c.oid AND up.relpersistence = 'p'))
     AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
   ORDER BY c.oid`;

/**
 * Quoted names of every table a publication of this database must list: ordinary tables, and of a partition tree its root only.
 * Left out are unlogged, temporary and foreign tables, those of extensions, the system's schemas and ours.
 */
export async function publishedTables(session: Session): Promise<readonly string[]> {
  return (await session.query<{ name: string }>(PUBLISHED_TABLES)).map(({ name }) => name);
}
