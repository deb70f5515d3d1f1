import type { CopyFacts } from '../../activities/contract.ts';
import { safetySnapshotName } from '../../model/names.ts';
import { predictedPauseMs } from '../../model/predicted-pause.ts';
import type { ReadinessReport } from '../../model/report.ts';
import { beginFeedWatch, verdictIsFresh } from '../feed-watch.ts';
import { isPhysical, traitsOf } from '../../model/strategy.ts';
import { publish } from '../gate.ts';
import { now, pausesOf, sides, wayBackFound, type Migration } from '../migration.ts';
import { section, step } from '../step.ts';
import type { StagedSwitch } from './application.ts';
import { catchUp, copy } from './data.ts';
import type { Route } from './setup.ts';
import { rebootOf } from './source-preparation.ts';
import { tryWayBack } from './way-back.ts';
import { assertSame, type Verdict } from './verdict.ts';
import { verifyFiles } from './verify-files.ts';

export interface Rehearsed {
  readonly route: Route;
  readonly switches: readonly StagedSwitch[];
}

/** Verifies the rehearsed copy and the staged application, and publishes the report of this round. */
export const verification = (m: Migration, rehearsed: Rehearsed, round: number): Promise<ReadinessReport> =>
  section(m, 'verification', async () => {
    const verdict = await verdictOf(m);
    await tryWayBack(m);
    await step(m, 'checkHealth', 'check the health of the staged application', {
      ...sides(m),
      plan: m.input.plan,
      staged: true,
    });
    return publish(m, readinessReport(m, rehearsed, round, verdict));
  });

function verdictOf(m: Migration): Promise<Verdict> {
  if (traitsOf(m.input.plan).follows) return verifyMoving(m);
  return isPhysical(m.input.plan) ? verifyFiles(m) : verify(m);
}

/** Found to differ, the copy is made again before it is verified again. The fence will hold all of it once more. */
async function verify(m: Migration): Promise<Verdict> {
  const verified = await step(m, 'verifyCopy', 'compare every row of the copy with the source', sides(m), {
    judge: assertSame,
    again: async () => {
      m.copied = await copy(m);
    },
  });
  return { verified, predictedPauseMs: copiedOf(m).durationMs + verificationMs(m) };
}

/** Both sides move while they are compared; equal, the way back is armed, so that the cutover opens with it. */
async function verifyMoving(m: Migration): Promise<Verdict> {
  beginFeedWatch(m);
  const { tripMs } = await catchUp(m);
  const verified = await step(
    m,
    'verifyLive',
    'compare every row of both sides while they move',
    { ...sides(m), direction: 'source-to-target' },
    { judge: assertSame },
  );
  await verdictIsFresh(m);
  await step(m, 'armReverse', `arm the way back to ${m.input.plan.source.instance}`, sides(m));
  return { verified, predictedPauseMs: predictedPauseMs(tripMs) };
}

function readinessReport(
  m: Migration,
  { route, switches }: Rehearsed,
  round: number,
  verdict: Verdict,
): ReadinessReport {
  const { plan, operator } = m.input;
  const createdAt = now();
  return {
    schemaVersion: 1,
    gate: 'cutover',
    pauses: pausesOf(m),
    ...rebootOf(m),
    migration: m.id,
    run: m.run,
    round,
    createdAt,
    expiresAt: new Date(Date.parse(createdAt) + plan.cutover.reportExpiry).toISOString(),
    operator,
    approvers: plan.cutover.approvers,
    separationOfDuties: plan.cutover.separationOfDuties,
    ...route,
    findings: m.progress.findings,
    strategy: plan.strategy,
    ...wayBackFound(m),
    predictedPauseMs: verdict.predictedPauseMs,
    maxWritePauseMs: plan.cutover.maxWritePause,
    window: plan.cutover.window,
    tables: verdict.verified.tables,
    rows: verdict.verified.rows,
    bytes: copiedOf(m).bytes,
    differences: verdict.verified.differences,
    safetySnapshot: safetySnapshotName(plan, m.run),
    switches,
  };
}

function copiedOf({ copied }: Migration): CopyFacts {
  if (copied === null) throw new Error('a copy is reported before it was made');
  return copied;
}

/** Of the try that succeeded: the time of a hold before it says nothing of the pause. */
function verificationMs({ progress }: Migration): number {
  const steps = progress.sections.flatMap((one) => one.steps);
  const { startedAt, endedAt } = steps.findLast(({ name }) => name === 'verifyCopy') ?? {};
  return Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
}
