/** Ordinary and partitioned tables outside the system's schemas and ours, by oid, quoted: what the lock holds and what refuses writes. */
export const USER_TABLES = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
     AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND deptype = 'e')
   ORDER BY c.oid`;

/** Those without the refusing trigger. */
export const TABLES_THAT_TAKE_WRITES = `
  SELECT name FROM (${USER_TABLES}) t
   WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t.oid AND tgname = 'daybreak_refuse')`;

/** Those the session that asks holds no lock of {@link lockTables} on. */
export const UNLOCKED_TABLES = `
  SELECT name FROM (${USER_TABLES}) t
   WHERE t.oid <> ALL (SELECT relation FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ExclusiveLock' AND relation IS NOT NULL)`;

/** A statement of PL/pgSQL that locks them all. */
export const lockTables = (mode: 'EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE'): string =>
  `EXECUTE (SELECT coalesce('LOCK TABLE ' || string_agg(name, ', ') || ' IN ${mode} MODE', 'SELECT') FROM (${USER_TABLES}) t);`;
