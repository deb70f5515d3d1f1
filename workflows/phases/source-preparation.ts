import type { Assessment, UnlessVoid } from '../../activities/contract.ts';
import type { Place, SourceRebootReport } from '../../model/report.ts';
import { totalInterruptionMs, type SourcePreparation, type SourceReboot } from '../../model/source-preparation.ts';
import { askAtGate, publish } from '../gate.ts';
import { now, owner, set, stopped, type Migration } from '../migration.ts';
import { step } from '../step.ts';

/**
 * Gives the source the parameters the strategy needs and reboots it, each time behind a gate; then it is assessed anew. Nothing was made so
 * far: rejected, the world is as before. Approved, no undo takes the parameters back, for that would be another reboot; reports say so.
 */
export async function prepareSource(
  m: Migration,
  first: Assessment,
  {
    assess,
    placeOf,
  }: { readonly assess: () => Promise<Assessment>; readonly placeOf: (assessment: Assessment) => Place },
): Promise<Assessment> {
  let assessment = first;
  for (let round = 1; assessment.preparation !== undefined; round += 1) {
    const { preparation } = assessment;
    const report = await publish(m, rebootReport(m, { from: placeOf(assessment), preparation, round }));
    if (await approved(m, report)) await reboot(m, report, preparation);
    assessment = await assess();
  }
  return assessment;
}

/** False: the report expired, and is made anew. */
async function approved(m: Migration, report: SourceRebootReport): Promise<boolean> {
  const end = await askAtGate(m, report);
  if (end !== 'rejected') return end === 'approved';
  const decision = m.progress.gate?.decision;
  const said = decision?.comment === undefined ? '' : `: ${decision.comment}`;
  throw stopped(m, {
    ending: 'rejected',
    reason: `${decision?.by ?? 'an approver'} rejected the reboot of the source${said}`,
  });
}

/** Each step looks at the approval once more when it begins; void, people are asked again. */
async function reboot(m: Migration, report: SourceRebootReport, preparation: SourcePreparation): Promise<void> {
  const { instance } = m.input.plan.source;
  const { source } = m;
  if (source === null) throw new Error('the source is rebooted before it was assessed');
  const order = { ...owner(m), source, expiresAt: report.expiresAt };
  const { changes } = preparation;
  const parameterGroup = preparation.newParameterGroup ?? preparation.parameterGroup;
  const facts: SourceReboot = { parameterGroup, changes, rebootedAt: null, interruptionMs: null };
  const earlier = m.progress.sourceReboot;
  const noteChanged = (): void => set(m, { sourceReboot: { ...facts, ...spent(earlier) } });
  const prepared = await step(m, 'ensureSourceParameters', `set parameters of ${instance} in ${parameterGroup}`, {
    ...order,
    changes,
  }).catch((stop: unknown) => {
    // An answer that was lost has changed them all the same.
    noteChanged();
    throw stop;
  });
  if (isVoid(m, prepared)) return;
  noteChanged();
  const asked = await step(m, 'rebootSource', `reboot ${instance}`, { ...order, prepared });
  if (isVoid(m, asked)) return;
  const { rebootedAt, interruptionMs } = await step(m, 'awaitSourceRebooted', `wait until ${instance} is up again`, {
    ...owner(m),
    source,
    prepared,
    since: asked.since,
  });
  // An earlier reboot has its place in the sum.
  set(m, {
    gate: null,
    sourceReboot: { ...facts, rebootedAt, interruptionMs: interruptionMs + (earlier?.interruptionMs ?? 0) },
  });
}

const spent = (earlier: SourceReboot | undefined): Partial<SourceReboot> =>
  earlier === undefined ? {} : { rebootedAt: earlier.rebootedAt, interruptionMs: earlier.interruptionMs };

function isVoid<Result extends object>(m: Migration, answer: UnlessVoid<Result>): answer is { readonly void: string } {
  if (!('void' in answer)) return false;
  set(m, { gate: null, reason: `the source was not rebooted: ${answer.void}` });
  return true;
}

/** For reports: the interruption there has been, where there was one. */
export const rebootOf = ({ progress: { sourceReboot } }: Migration): { readonly sourceReboot?: SourceReboot } =>
  sourceReboot === undefined ? {} : { sourceReboot };

/** All of what was measured, where the source was rebooted. */
export function interruptionOf({ progress: { sourceReboot, handOvers } }: Migration): {
  readonly interruptionMs?: number;
} {
  const pause = handOvers.findLast(({ direction }) => direction === 'source-to-target');
  if (sourceReboot === undefined || pause === undefined) return {};
  return { interruptionMs: totalInterruptionMs(pause.closedMs, sourceReboot) };
}

/** Whether it can still be said of the source that nothing was changed on it. */
export const untouched = ({ progress: { sourceReboot } }: Migration): string =>
  sourceReboot === undefined ? 'nothing was changed' : 'nothing was changed but the parameters of the source';

function rebootReport(
  m: Migration,
  {
    from,
    preparation,
    round,
  }: { readonly from: Place; readonly preparation: SourcePreparation; readonly round: number },
): SourceRebootReport {
  const { plan, operator } = m.input;
  const createdAt = now();
  return {
    schemaVersion: 1,
    gate: 'source-reboot',
    migration: m.id,
    run: m.run,
    round,
    createdAt,
    expiresAt: new Date(Date.parse(createdAt) + plan.cutover.reportExpiry).toISOString(),
    operator,
    approvers: plan.cutover.approvers,
    separationOfDuties: plan.cutover.separationOfDuties,
    from,
    findings: m.progress.findings,
    ...preparation,
    window: plan.source.rebootWindow,
  };
}
