import { escapeIdentifier } from 'pg';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import type { Feed } from './feed.ts';
import { beginPublishing, publicationExists } from './publication.ts';

/** Tables whose UPDATE and DELETE PostgreSQL would refuse to the application from the moment they are published. */
const WITHOUT_IDENTITY = `
  SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence = 'p'
     AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
     AND CASE c.relreplident
           WHEN 'f' THEN false
           WHEN 'd' THEN NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid)
           WHEN 'i' THEN NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid)
           ELSE true END
   ORDER BY 1`;

export async function tablesWithoutIdentity(session: Session): Promise<readonly string[]> {
  return (await session.query<{ name: string }>(WITHOUT_IDENTITY)).map(({ name }) => name);
}

/**
 * Makes the feed's publication with every table, or gives an existing one the tables of now, in the caller's transaction. Throws
 * `AssessmentRefused` for a table that has no replica identity: publishing it would break the application.
 */
export async function publishEverything(session: Session, { name, sentinel }: Feed): Promise<void> {
  if (!(await publicationExists(session, name)))
    await session.query(`CREATE PUBLICATION ${escapeIdentifier(name)} FOR TABLE ONLY ${sentinel}`);
  await beginPublishing(session, name, sentinel);
  const bare = await tablesWithoutIdentity(session);
  if (bare.length > 0)
    throw failure(
      'AssessmentRefused',
      `${bare.length} tables have no primary key and no replica identity, first ${bare.slice(0, 5).join(', ')}; wanted one on each`,
    );
}
