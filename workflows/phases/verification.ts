import { ApplicationFailure } from '@temporalio/workflow';
import type { VerifyFacts } from '../../activities/contract.ts';
import { safetySnapshotName } from '../../model/names.ts';
import type { ReadinessReport } from '../../model/report.ts';
import { publish } from '../gate.ts';
import { now, sides, type Migration } from '../migration.ts';
import { section, step } from '../step.ts';
import type { StagedSwitch } from './application.ts';
import { copy } from './data.ts';
import type { Route } from './setup.ts';

export interface Rehearsed {
  readonly route: Route;
  readonly switches: readonly StagedSwitch[];
}

/** Verifies the rehearsed copy and the staged application, and publishes the report of this round. */
export const verification = (m: Migration, rehearsed: Rehearsed, round: number): Promise<ReadinessReport> =>
  section(m, 'verification', async () => {
    const verified = await verify(m);
    await step(m, 'checkHealth', 'check the health of the staged application', {
      ...sides(m),
      plan: m.input.plan,
      staged: true,
    });
    return publish(m, readinessReport(m, rehearsed, round, verified));
  });

/** Found to differ, the copy is made again before it is verified again. */
const verify = (m: Migration): Promise<VerifyFacts> =>
  step(m, 'verifyCopy', 'compare every row of the copy with the source', sides(m), {
    judge: assertSame,
    again: async () => {
      m.copied = await copy(m);
    },
  });

function assertSame({ differences, differing }: VerifyFacts): void {
  if (differences === 0) return;
  throw ApplicationFailure.nonRetryable(
    `${differences} tables of the copy differ from the source: ${differing.join(', ')}; wanted none`,
    'VerificationFailed',
  );
}

function readinessReport(
  m: Migration,
  { route, switches }: Rehearsed,
  round: number,
  verified: VerifyFacts,
): ReadinessReport {
  const { plan, operator } = m.input;
  const { copied } = m;
  if (copied === null) throw new Error('a copy is reported before it was made');
  const createdAt = now();
  return {
    schemaVersion: 1,
    gate: 'cutover',
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
    predictedPauseMs: copied.durationMs + verificationMs(m),
    maxWritePauseMs: plan.cutover.maxWritePause,
    window: plan.cutover.window,
    tables: verified.tables,
    rows: verified.rows,
    bytes: copied.bytes,
    differences: verified.differences,
    safetySnapshot: safetySnapshotName(plan, m.run),
    switches,
  };
}

/** Of the try that succeeded: the time of a hold before it says nothing of the pause. */
function verificationMs({ progress }: Migration): number {
  const steps = progress.sections.flatMap((one) => one.steps);
  const { startedAt, endedAt } = steps.findLast(({ name }) => name === 'verifyCopy') ?? {};
  return Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
}
