import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';
import { moment } from './render/moment.ts';
import { STATUS_WORDS } from './render/status-words.ts';
import type { Temporal } from './temporal/connect.ts';
import { readRun } from './temporal/read-run.ts';

/** The answer to a second start: what runs already, and where it stands. */
export async function alreadyRuns(temporal: Temporal, id: string): Promise<Error> {
  const { progress, silence } = await readRun(temporal, id);
  return complain({
    what: `a migration of this database is already running: ${id}`,
    found: progress === null ? `no answer from it: ${silence ?? ''}` : standing(progress),
    wanted: 'one migration of a database at a time',
    remedy: 'daybreak watch follows it; daybreak rollback undoes it',
    ending: 'nothing changed',
    exitCode: EXIT.refused,
  });
}

function standing({
  status,
  operator,
  startedAt,
  sections,
}: NonNullable<Awaited<ReturnType<typeof readRun>>['progress']>): string {
  const section = sections.find((each) => each.status === 'running')?.name;
  const where = section === undefined ? '' : ` in ${section}`;
  return `${STATUS_WORDS[status].word}${where}, started by ${operator} at ${moment(startedAt, { zone: 'utc' })}`;
}
