import { digestOf } from '../../model/digest.ts';
import { fencedSnapshotName } from '../../model/names.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import type { ReadinessReport } from '../../model/report.ts';
import { endSection } from '../../model/steps.ts';
import { followsBack, traitsOf } from '../../model/strategy.ts';
import { dropLateCancel } from '../cancel.ts';
import { endFeedWatch, verdictIsVoid } from '../feed-watch.ts';
import { handOverStep } from '../hand-over-step.ts';
import { change, now, pushUndo, set, stopped, under, type Migration } from '../migration.ts';
import { section } from '../step.ts';
import { breathe } from '../waiting.ts';
import { clearRehearsal } from './rehearsal.ts';

/**
 * Moves the writes to the target; returns true after the commit. False: nothing was fenced (the approval was void at its use, no worker
 * took it), and a new round may ask again. Writes given back end the migration: the cause has to be removed first.
 */
export async function cutover(m: Migration, report: ReadinessReport): Promise<boolean> {
  await breathe(m);
  if (isVoid(m)) return false;
  await endFeedWatch(m);
  const committed = await section(m, 'cutover', async () => {
    await clearRehearsal(m);
    return await fencedSection(m, report);
  });
  if (!committed) change(m, (progress) => endSection(progress, 'cutover', 'failed', now()));
  return committed;
}

/** Whoever approved was shown what is not so any more. */
function isVoid(m: Migration): boolean {
  const why = verdictIsVoid(m);
  if (why !== null) set(m, { gate: null, reason: `the cutover was not begun: ${why}` });
  return why !== null;
}

async function fencedSection(m: Migration, report: ReadinessReport): Promise<boolean> {
  const { plan } = m.input;
  const handOver = digestOf(report);
  if (traitsOf(plan).target === 'restored')
    pushUndo(m, { kind: 'deleteSnapshot', snapshot: fencedSnapshotName(plan, handOver) });
  if (m.progress.feedsBack === true) pushUndo(m, { kind: 'dropReplication' });
  for (const one of plan.switches) pushUndo(m, { kind: 'revertSwitch', switch: one });
  m.stage = 'fenced';
  const end = await under(m, 'cutting-over', () =>
    handOverStep(m, 'cutover', {
      direction: 'source-to-target',
      handOver,
      expiresAt: report.expiresAt,
      label: `move the writes from ${report.from.name} to ${report.to.name}`,
    }),
  );
  if (end.kind === 'handed-over') {
    commit(m, end.facts);
    return true;
  }
  m.stage = 'forward';
  if (end.kind === 'not-begun') {
    set(m, { gate: null, reason: `the cutover was not begun: ${end.failure.message}` });
    return false;
  }
  // It outranks a cancel that waited for the end of the fenced section.
  m.stop = { ending: 'given-back', reason: `the source has its writes again: ${end.failure.message}` };
  throw stopped(m);
}

/** The target takes writes: what was made is production now, and no undo knows it any more. */
function commit(m: Migration, facts: HandOverFacts | null): void {
  m.undoAtCommit = m.undo;
  m.undo = [];
  m.stage = 'committed';
  m.soakEndsMs = Date.now() + m.input.plan.soak.duration;
  const until = new Date(m.soakEndsMs).toISOString();
  set(m, {
    status: 'soaking',
    reason: null,
    wayBack: { until, writesAtRisk: followsBack(m.progress) ? 0 : null, trouble: null },
    handOvers: facts === null ? m.progress.handOvers : [...m.progress.handOvers, facts],
  });
  dropLateCancel(m);
}
