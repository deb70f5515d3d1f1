import { traitsOf } from '../../model/strategy.ts';
import { set, sides, type Migration } from '../migration.ts';
import type { ActivityName } from '../policies.ts';
import { step } from '../step.ts';
import { awaitReplay } from './data.ts';
import { ensureRehearsal } from './rehearsal.ts';
import { assertSame, type Verdict } from './verdict.ts';

/**
 * A copy of the source's files: its rows can only be compared when the source stands still, so that is done behind the fence. Before
 * it every row of the copy is read once, which is also how long the comparison will take.
 */
export async function verifyFiles(m: Migration): Promise<Verdict> {
  const { plan } = m.input;
  const isReplica = traitsOf(plan).target === 'replica';
  if (isReplica) await awaitReplay(m);
  else await ensureRehearsal(m);
  const { bytes, ...verified } = await step(
    m,
    'readCopy',
    `read every row of ${plan.target.cluster}`,
    { ...sides(m), jobs: plan.copy.jobs },
    { judge: assertSame },
  );
  const predictedPauseMs = (isReplica ? IN_THE_FENCE.replica : IN_THE_FENCE.restored)
    .map((name) => durationOf(m, name))
    .reduce((sum, ms) => sum + ms, 0);
  m.copied = { tables: verified.tables, rows: verified.rows, bytes, durationMs: predictedPauseMs };
  note(m);
  return { verified, predictedPauseMs };
}

/** Steps that have their like behind the fence; a promotion has none, and cannot be rehearsed. */
const IN_THE_FENCE: Readonly<Record<'replica' | 'restored', readonly ActivityName[]>> = {
  replica: ['readCopy'],
  restored: [
    'ensureSnapshot',
    'awaitSnapshot',
    'ensureCluster',
    'awaitCluster',
    'ensureInstance',
    'awaitInstance',
    'takeOverRehearsal',
    'readCopy',
  ],
};

/** Of the last try that succeeded: the time of a hold before it says nothing of the pause. */
function durationOf({ progress }: Migration, wanted: ActivityName): number {
  const steps = progress.sections.flatMap((one) => one.steps);
  const { startedAt, endedAt } = steps.findLast(({ name }) => name === wanted) ?? {};
  return Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
}

/** The approver reads it beside the other findings. */
function note(m: Migration): void {
  const check = 'rows-compared-later';
  const others = m.progress.findings.filter((finding) => finding.check !== check);
  const message =
    'every row of the copy was read and its tables and columns are the source’s; the rows are compared behind the fence, where the source stands still';
  set(m, { findings: [...others, { level: 'info', check, message }] });
}
