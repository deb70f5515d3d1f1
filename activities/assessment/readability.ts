import { blocker, listed, type Check, type DatabaseSubject } from './subject.ts';

const OURS_TO_READ = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')`;

/** The role we work as sees every row: one that row security hides would be neither copied nor missed. */
export const checkReadability: Check<DatabaseSubject> = async ({ session, plan }) => {
  const { user } = plan.source;
  const rows = await session.query<{ name: string; hidden: boolean }>(`
    SELECT c.oid::regclass::text AS name, row_security_active(c.oid) AS hidden
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OURS_TO_READ} AND c.relkind IN ('r', 'p', 'S', 'm')
       AND (row_security_active(c.oid) OR NOT has_schema_privilege(n.oid, 'USAGE')
            OR NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
                                  ELSE has_table_privilege(c.oid, 'SELECT') END)
     ORDER BY 1`);
  const hidden = rows.filter((row) => row.hidden).map(({ name }) => name);
  const closed = rows.filter((row) => !row.hidden).map(({ name }) => name);
  return [
    ...(hidden.length === 0
      ? []
      : [
          blocker(
            'rows-hidden',
            `row security hides rows of ${listed(hidden)} from ${user}: ALTER ROLE ${user} BYPASSRLS, or make it a member of their owner`,
          ),
        ]),
    ...(closed.length === 0
      ? []
      : [blocker('not-readable', `${user} may not read ${listed(closed)}: GRANT their owner, or SELECT, TO ${user}`)]),
  ];
};
