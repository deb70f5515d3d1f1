import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../clients.ts';
import type { SentinelTable } from './feed.ts';
import { PUBLISHED_TABLES } from './published-tables.ts';

/**
 * Switching a direction is a change of its publication: pgoutput judges every change by the publication at that place of the WAL.
 * At no moment may both directions publish user tables: on 15 nothing else keeps a row from going round for ever.
 * Each is one statement for the caller's transaction, takes SHARE UPDATE EXCLUSIVE on the tables it adds or removes, and must run
 * as a member of their owners. Repeating it changes nothing. Throws `DatabaseRefused` where the publication does not exist.
 */

/** From the commit on: every user table and the sentinel. The list is the catalogue's at that moment. */
export async function beginPublishing(session: Session, publication: string, sentinel: SentinelTable): Promise<void> {
  await session.query(
    `DO ${escapeLiteral(`BEGIN
    EXECUTE (SELECT format('ALTER PUBLICATION %I SET TABLE ${allWith(sentinel)}', ${escapeLiteral(publication)}, string_agg(', ONLY ' || name, ''))
               FROM (${PUBLISHED_TABLES}) t);
  END`)}`,
  );
}

/** From the commit on: the sentinel only. */
export async function endPublishing(session: Session, publication: string, sentinel: SentinelTable): Promise<void> {
  await session.query(`ALTER PUBLICATION ${escapeIdentifier(publication)} SET TABLE ONLY ${sentinel}`);
}

export const publicationExists = async (session: Session, publication: string): Promise<boolean> =>
  (await session.query('SELECT FROM pg_publication WHERE pubname = $1', [publication])).length > 0;

/** ONLY: children of an inheritance tree are listed themselves, with their own rows. */
const allWith = (sentinel: SentinelTable): string => `ONLY ${sentinel}%s`;
