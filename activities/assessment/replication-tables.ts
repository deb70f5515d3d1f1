import { checkOf } from './look.ts';

const OURS = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
   AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')`;
const TABLES = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${OURS}`;
const NAME = 'c.oid::regclass::text AS name';
const column = (condition: string): string =>
  `SELECT c.oid::regclass::text || '.' || a.attname AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${OURS} AND NOT a.attisdropped AND ${condition} ORDER BY 1`;

/** What of a database does not travel by logical replication, or arrives otherwise (manual, "Logical Replication", Restrictions). */
export const checkReplicationTables = checkOf([
  {
    check: 'unlogged-not-followed',
    level: 'blocker',
    sql: `SELECT ${NAME} ${TABLES} AND c.relkind = 'r' AND c.relpersistence = 'u' ORDER BY 1`,
    message: (names) =>
      `changes of unlogged tables ${names} cannot be followed: ALTER TABLE … SET LOGGED, or DROP them`,
  },
  {
    check: 'large-objects-not-followed',
    level: 'blocker',
    sql: `SELECT count(*)::text AS name FROM pg_largeobject_metadata HAVING count(*) > 0`,
    message: (count) =>
      `changes of ${count} large objects cannot be followed: keep them in bytea columns, or choose strategy dump`,
  },
  {
    check: 'foreign-partitions',
    level: 'blocker',
    sql: `SELECT ${NAME} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind = 'f' AND c.relispartition AND ${OURS} ORDER BY 1`,
    message: (names) => `partitions ${names} are foreign tables and cannot be followed: ALTER TABLE … DETACH PARTITION`,
  },
  {
    check: 'row-security-forced',
    level: 'blocker',
    sql: `SELECT ${NAME} ${TABLES} AND c.relrowsecurity AND c.relforcerowsecurity ORDER BY 1`,
    message: (names) =>
      `row security is forced on the owner of ${names}, as whom rows are applied: ALTER TABLE … NO FORCE ROW LEVEL SECURITY until the migration is over`,
  },
  {
    check: 'owner-without-rights',
    level: 'blocker',
    sql: `SELECT ${NAME} ${TABLES} AND NOT (
            has_table_privilege(c.relowner, c.oid, 'SELECT') AND has_table_privilege(c.relowner, c.oid, 'INSERT') AND
            has_table_privilege(c.relowner, c.oid, 'UPDATE') AND has_table_privilege(c.relowner, c.oid, 'DELETE') AND
            has_table_privilege(c.relowner, c.oid, 'TRUNCATE')) ORDER BY 1`,
    message: (names) =>
      `the owner of ${names}, as whom rows are applied, has had rights revoked: GRANT ALL ON … TO the owner`,
  },
  {
    check: 'triggers-on-apply',
    level: 'blocker',
    sql: `SELECT format('%s (%s)', t.tgname, c.oid::regclass) AS name
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') AND ${OURS} ORDER BY 1`,
    message: (names) =>
      `triggers ${names} are ENABLE ALWAYS or REPLICA and would fire a second time where rows arrive: ALTER TABLE … ENABLE TRIGGER until the migration is over`,
  },
  {
    check: 'event-triggers-fire',
    level: 'warning',
    sql: `SELECT evtname AS name FROM pg_event_trigger e WHERE evtenabled <> 'D'
             AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid AND deptype = 'e')
           ORDER BY 1`,
    message: (names) =>
      `event triggers ${names} fire on Daybreak's own publications, triggers and schema, on both sides: one that refuses ends the cutover before its commit`,
  },
  {
    check: 'generated-columns',
    level: 'info',
    sql: column(`a.attgenerated = 's'`),
    message: (names) => `generated columns ${names} are not sent: each side computes them, by the same expression`,
  },
  {
    check: 'identity-columns',
    level: 'info',
    sql: column(`a.attidentity <> ''`),
    message: (names) => `identity columns ${names} keep their values; their sequences are set at the cutover`,
  },
]);
