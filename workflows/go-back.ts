import { returnedSections, undoneSections } from '../model/steps.ts';
import { followsBack, traitsOf } from '../model/strategy.ts';
import { dropLateCancel } from './cancel.ts';
import { handOverStep } from './hand-over-step.ts';
import { change, now, pushUndo, set, sides, under, type Migration } from './migration.ts';
import { call } from './policies.ts';
import { undoAll } from './saga.ts';
import { stepFailureOf } from './step-failure.ts';

/**
 * What came of a rollback after the commit. `stays-forward`: the target kept the writes. `returned`: the source has them, the target
 * follows it again, and another cutover may come. `rolled-back`: the source has them, and the run is over.
 */
export type WentBack = 'stays-forward' | 'returned' | 'rolled-back';

/** Gives the writes back to the source by moving forward; the hand-over itself turns the switches and both feeds round. */
export async function goBack(m: Migration): Promise<WentBack> {
  const { plan } = m.input;
  const losesNothing = followsBack(m.progress) && !m.acceptLoss;
  const uncompared = losesNothing ? await compareBackwards(m) : null;
  if (uncompared !== null) return staysForward(m, uncompared);
  m.stage = 'fenced';
  // From here on a stop is a cancel, kept until it can be read.
  m.stop = null;
  m.rollbacks += 1;
  const end = await under(m, 'cutting-over', () =>
    handOverStep(m, m.section, {
      direction: 'target-to-source',
      handOver: `rollback:${m.run}:${m.rollbacks}`,
      expiresAt: null,
      label: `move the writes back to ${plan.source.instance}`,
    }),
  );
  if (end.kind !== 'handed-over') return staysForward(m, end.failure.message);
  const { facts } = end;
  if (facts !== null) set(m, { handOvers: [...m.progress.handOvers, facts] });
  set(m, { wayBack: null, gate: null });
  if (!losesNothing) return keepsInert(m, facts?.writesLost ?? null);
  // What does not follow again is of no use for another try: that one would make its copy anew.
  if (!traitsOf(plan).follows && plan.rollback.target === 'keep') return keepsInert(m, 0);
  m.undo = m.undoAtCommit;
  pushUndo(m, { kind: 'unmarkProduction' });
  return plan.rollback.target === 'keep' ? standsBeforeTheGate(m) : undoesEverything(m);
}

function staysForward(m: Migration, why: string): 'stays-forward' {
  m.stage = 'committed';
  if (m.stop?.ending === 'cancelled') dropLateCancel(m);
  m.stop = null;
  m.acceptLoss = false;
  set(m, { status: 'soaking', reason: `the target kept the writes: ${why}` });
  return 'stays-forward';
}

/** Everything can be undone again, and a cancel that came meanwhile is read next. */
function standsBeforeTheGate(m: Migration): 'returned' {
  const { source, target } = m.input.plan;
  m.stage = 'forward';
  m.returned = true;
  change(m, (progress) => returnedSections(progress, now()));
  const reason = `${source.instance} has the writes, all of them; ${target.cluster} follows it, and nothing goes on by itself`;
  set(m, { status: 'returned', reason });
  return 'returned';
}

async function undoesEverything(m: Migration): Promise<'rolled-back'> {
  const { source, target } = m.input.plan;
  await undoAll(m);
  change(m, (progress) => undoneSections(progress, 'setup', now()));
  set(m, { reason: `${source.instance} has the writes, all of them; ${target.cluster} was removed` });
  return 'rolled-back';
}

/** Ends with the target standing: it holds what the source never saw, whatever the plan says, or the plan keeps it. */
async function keepsInert(m: Migration, writesLost: number | null): Promise<'rolled-back'> {
  const { plan } = m.input;
  pushUndo(m, { kind: 'releaseSource' });
  if (followsBack(m.progress)) pushUndo(m, { kind: 'dropReplication' });
  for (const one of plan.switches) pushUndo(m, { kind: 'unstageSwitch', switch: one });
  for (const one of plan.switches) pushUndo(m, { kind: 'revertSwitch', switch: one });
  await undoAll(m);
  change(m, (progress) => undoneSections(progress, 'cutover', now()));
  set(m, { reason: keptTarget(plan.target.cluster, writesLost) });
  return 'rolled-back';
}

/**
 * What changed since the opening is compared before the fence, or every row where that is not known, so that behind it little is left.
 * Answers why it could not be, or null.
 */
async function compareBackwards(m: Migration): Promise<string | null> {
  const { instance } = m.input.plan.source;
  m.trackedOnTarget = true;
  try {
    const { differences, differing } = await call('verifyLive', `compare with ${instance} before going back`, {
      ...sides(m),
      direction: 'target-to-source',
    });
    return differences === 0 ? null : `${differences} tables differ from ${instance}: ${differing.join(', ')}`;
  } catch (error) {
    return stepFailureOf(error).message;
  }
}

const keptTarget = (cluster: string, writes: number | null): string =>
  writes === 0
    ? `the source has the writes, all of them; ${cluster} is kept, and takes none any more`
    : `the source has the writes; ${cluster} is kept, since it holds ${writes === null ? 'an unknown number of' : String(writes)} writes the source never saw`;
