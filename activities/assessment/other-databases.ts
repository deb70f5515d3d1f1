import type { Finding } from '../../model/finding.ts';
import { listed, type Check, type DatabaseSubject } from './subject.ts';

const LEVEL: Record<DatabaseSubject['plan']['cleanup']['source'], Finding['level']> = {
  keep: 'info',
  stop: 'warning',
  delete: 'blocker',
};

const REMEDY: Record<keyof typeof LEVEL, string> = {
  keep: 'the source is kept',
  stop: 'cleanup.source stop makes them unreachable: keep it, or move them too',
  delete: 'cleanup.source delete would destroy them: keep it, or move them too',
};

/** One database moves; what else lives on the instance would go down with it. */
export const checkOtherDatabases: Check<DatabaseSubject> = async ({ session, plan }) => {
  const others = await session.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
      WHERE NOT datistemplate AND datname NOT IN (current_database(), 'postgres', 'rdsadmin') ORDER BY 1`,
  );
  if (others.length === 0) return [];
  const names = listed(others.map(({ name }) => name));
  const { source } = plan.cleanup;
  return [
    {
      level: LEVEL[source],
      check: 'other-databases',
      message: `${names} stay on ${plan.source.instance}, only ${plan.source.database} moves; ${REMEDY[source]}`,
    },
  ];
};
