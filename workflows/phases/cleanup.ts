import { finalSnapshotName } from '../../model/names.ts';
import type { DecommissionReport } from '../../model/report.ts';
import { followsBack } from '../../model/strategy.ts';
import { askAtGate, publish } from '../gate.ts';
import { now, owner, pausesOf, set, sides, under, type Migration } from '../migration.ts';
import { underWatch } from '../soak-watch.ts';
import { section, skippableStep, step } from '../step.ts';
import type { Route } from './setup.ts';
import { interruptionOf } from './source-preparation.ts';

/** The facts of this report do not age as a copy does; a week lets it lie over a holiday without filling the history. */
const REPORT_EXPIRY_MS = 7 * 24 * 60 * 60_000;

/** Asks before the way back closes; rejected, the source stays as it is and the migration is done all the same. */
export const cleanup = (m: Migration, route: Route): Promise<void> =>
  section(m, 'cleanup', async () => {
    const isApproved = await underWatch(m, () => approved(m, route));
    if (followsBack(m.progress)) await endReplication(m);
    if (!isApproved) {
      const decision = m.progress.gate?.decision;
      set(m, { reason: `done; ${decision?.by ?? 'an approver'} kept the source and its bookkeeping as they are` });
      return;
    }
    m.stage = 'retiring';
    set(m, { wayBack: null, reason: null });
    await under(m, 'running', () => retire(m));
  });

/** A feed that nobody watches would keep the log of the side that writes until its disk is full: it ends with the run, kept source or not. */
async function endReplication(m: Migration): Promise<void> {
  m.stage = 'retiring';
  set(m, { wayBack: null });
  await skippableStep(m, 'dropReplication', 'end the replication between both sides', sides(m));
}

async function approved(m: Migration, route: Route): Promise<boolean> {
  for (let round = 1; ; round += 1) {
    const report = await publish(m, decommissionReport(m, route, round));
    set(m, { wayBack: { writesAtRisk: null, trouble: null, ...m.progress.wayBack, until: report.expiresAt } });
    const end = await askAtGate(m, report);
    if (end !== 'expired') return end === 'approved';
  }
}

async function retire(m: Migration): Promise<void> {
  const { plan } = m.input;
  const snapshot = plan.cleanup.finalSnapshot ? finalSnapshotName(plan, m.run) : null;
  if (snapshot !== null) {
    const order = { ...owner(m), snapshot };
    const ensure = (): Promise<void> =>
      step(m, 'ensureSnapshot', `take final snapshot ${snapshot}`, { ...order, purpose: 'final' });
    await ensure();
    await step(m, 'awaitSnapshot', `wait for final snapshot ${snapshot}`, order, { again: ensure });
  }
  const { instance } = plan.source;
  await skippableStep(m, 'retireSource', `${plan.cleanup.source} source ${instance}`, {
    ...owner(m),
    finalSnapshot: snapshot,
  });
  await skippableStep(m, 'awaitSourceRetired', `wait until ${instance} is retired`, owner(m));
  for (const one of plan.switches)
    await skippableStep(m, 'unstageSwitch', `remove what staging switch ${one.name} left`, {
      ...sides(m),
      switch: one,
    });
  await skippableStep(m, 'dropBookkeeping', `drop the bookkeeping of Daybreak`, sides(m));
  set(m, { reason: `done; the source: ${plan.cleanup.source}` });
}

function decommissionReport(m: Migration, route: Route, round: number): DecommissionReport {
  const { plan, operator } = m.input;
  const createdAt = now();
  return {
    schemaVersion: 1,
    gate: 'decommission',
    pauses: pausesOf(m),
    ...interruptionOf(m),
    migration: m.id,
    run: m.run,
    round,
    createdAt,
    expiresAt: new Date(Date.parse(createdAt) + REPORT_EXPIRY_MS).toISOString(),
    operator,
    approvers: plan.cutover.approvers,
    separationOfDuties: plan.cutover.separationOfDuties,
    ...route,
    findings: [],
    source: plan.cleanup.source,
    finalSnapshot: plan.cleanup.finalSnapshot ? finalSnapshotName(plan, m.run) : null,
    keepAutomatedBackups: plan.cleanup.keepAutomatedBackups,
  };
}
