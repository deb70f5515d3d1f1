import { checkOf } from './look.ts';

/** Writers that a fence of roles and connections does not reach, or that it hits unawares. */
export const checkForeignWriters = checkOf([
  {
    check: 'prepared-transactions',
    level: 'blocker',
    sql: 'SELECT gid AS name FROM pg_prepared_xacts WHERE database = current_database() ORDER BY 1',
    message: (names) => `prepared transactions ${names} are open: COMMIT PREPARED or ROLLBACK PREPARED them`,
  },
  {
    check: 'subscriptions',
    level: 'blocker',
    sql: `SELECT s.subname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
           WHERE d.datname = current_database() AND s.subenabled ORDER BY 1`,
    message: (names) =>
      `subscriptions ${names} write into the source and are not carried: disable them, or move their writes`,
  },
  {
    check: 'cron-jobs',
    level: 'warning',
    sql: `SELECT extname AS name FROM pg_extension WHERE extname = 'pg_cron'`,
    message: () => 'pg_cron is installed here: pause its jobs before the cutover and make them anew on the target',
  },
  {
    check: 'sessions-of-master',
    level: 'warning',
    sql: `SELECT DISTINCT coalesce(nullif(application_name, ''), '(unnamed)') AS name FROM pg_stat_activity
           WHERE usename = current_user AND datname = current_database() AND application_name NOT LIKE 'daybreak/%'
           ORDER BY 1`,
    message: (names, { source }) =>
      `somebody else is logged in as ${source.user} (${names}): the cutover ends these sessions; give applications a role of their own`,
  },
]);
