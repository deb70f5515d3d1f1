import { checkOf } from './look.ts';
import type { Check, DatabaseSubject } from './subject.ts';

const RELATIONS = `
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')`;

/** What only a dump carries; strategies whose rows follow say of it themselves (`replication-tables.ts`). */
const ONLY_DUMPED: ReadonlySet<string> = new Set(['large-objects', 'unlogged-tables']);

/** What real databases have besides plain tables, and what becomes of it. */
export const checkContents: Check<DatabaseSubject> = async (subject) =>
  (await checkAll(subject)).filter(({ check }) => subject.plan.strategy === 'dump' || !ONLY_DUMPED.has(check));

const checkAll = checkOf([
  {
    check: 'large-objects',
    level: 'info',
    sql: `SELECT count(*)::text AS name FROM pg_largeobject_metadata HAVING count(*) > 0`,
    message: (count) => `${count} large objects are copied, and compared as one table more`,
  },
  {
    check: 'foreign-tables',
    level: 'warning',
    sql: `SELECT c.oid::regclass::text AS name ${RELATIONS} AND c.relkind = 'f' ORDER BY 1`,
    message: (names) => `foreign tables ${names}: their definition is copied, the target must reach the same server`,
  },
  {
    check: 'event-triggers',
    level: 'warning',
    sql: `SELECT evtname AS name FROM pg_event_trigger e
           WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = e.oid AND deptype = 'e') ORDER BY 1`,
    message: (names) => `event triggers ${names} need rds_superuser on the target: look at them after the rehearsal`,
  },
  {
    check: 'publications',
    level: 'warning',
    sql: 'SELECT pubname AS name FROM pg_publication ORDER BY 1',
    message: (names) =>
      `publications ${names} are not carried, their subscribers get nothing new after the cutover; make and point them anew`,
  },
  {
    check: 'replication-slots',
    level: 'warning',
    sql: 'SELECT slot_name AS name FROM pg_replication_slots WHERE database = current_database() ORDER BY 1',
    message: (names) => `replication slots ${names}: their consumers get nothing new after the cutover; repoint them`,
  },
  {
    check: 'unlogged-tables',
    level: 'info',
    sql: `SELECT c.oid::regclass::text AS name ${RELATIONS} AND c.relkind = 'r' AND c.relpersistence = 'u' ORDER BY 1`,
    message: (names) => `unlogged tables ${names} are copied with their rows and lose them in a failover, as ever`,
  },
  {
    check: 'materialized-views',
    level: 'info',
    sql: `SELECT c.oid::regclass::text AS name ${RELATIONS} AND c.relkind = 'm' ORDER BY 1`,
    message: (names) =>
      `materialized views ${names} are filled anew on the target, which takes the time of their query`,
  },
]);
