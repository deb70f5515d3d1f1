import type { Session } from '../../clients.ts';
import type { ArchiveEntry } from './script-entries.ts';

/** A primary key or unique constraint in two steps: its index, which is built beside others, and what makes a key of it. */
export interface KeyInSteps {
  readonly index: ArchiveEntry;
  readonly key: ArchiveEntry;
}

interface Key {
  readonly row: string;
  /** As pg_dump begins the entry, and what it is replaced by. */
  readonly whole: string;
  readonly key: string;
  readonly index: string;
}

/**
 * Keys of ordinary tables whose index CREATE INDEX makes just as well. Read as pg_dump reads, so that its statement is found again
 * letter for letter; a key it spells otherwise stays as it is.
 */
const KEYS = `
SELECT '2606:' || k.oid AS row, pg_get_indexdef(k.conindid) AS index,
       t.text || pg_get_constraintdef(k.oid) || ';' AS whole,
       t.text || CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END || ' USING INDEX ' || quote_ident(i.relname)
         || CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END || ';' AS key
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class i ON i.oid = k.conindid JOIN pg_am a ON a.oid = i.relam CROSS JOIN LATERAL (
    SELECT format(E'ALTER TABLE ONLY %I.%I\\n    ADD CONSTRAINT %I ', n.nspname, c.relname, k.conname)) t (text)
 WHERE k.contype IN ('p', 'u') AND a.amname = 'btree' AND c.relkind = 'r' AND i.relname = k.conname`;

const SPELL = `SELECT set_config('quote_all_identifiers', 'on', true), set_config('search_path', '', true)`;
const SPELL_AS_BEFORE = 'RESET quote_all_identifiers; RESET search_path';

/** Answers by `row` of the entry; `inside`: a session in a transaction of its own. */
export async function keysInSteps(
  inside: Session,
  entries: readonly ArchiveEntry[],
): Promise<ReadonlyMap<string, KeyInSteps>> {
  await inside.query(SPELL);
  const keys = new Map((await inside.query<Key>(KEYS)).map((key) => [key.row, key]));
  await inside.query(SPELL_AS_BEFORE);
  const steps = entries.flatMap((entry): [string, KeyInSteps][] => {
    const key = keys.get(entry.row);
    if (entry.kind !== 'CONSTRAINT' || key === undefined || !entry.sql.startsWith(key.whole)) return [];
    const sql = key.key + entry.sql.slice(key.whole.length);
    // The archive counts from 1: its own number with a minus is nobody else's.
    return [[entry.row, { index: { ...entry, id: -entry.id, sql: `${key.index};` }, key: { ...entry, sql } }]];
  });
  return new Map(steps);
}
