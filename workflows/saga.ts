import { labelOf, isSameUndo, waitsFor, type Undo, type UndoOutcome } from '../model/undo.ts';
import { endFeedWatch } from './feed-watch.ts';
import { hold } from './hold.ts';
import { change, owner, sides, sourceOf, under, type Migration } from './migration.ts';
import { call } from './policies.ts';
import { stepFailureOf, type StepFailure } from './step-failure.ts';

type Try = Pick<UndoOutcome, 'outcome'> | { readonly outcome: 'failed'; readonly failure: StepFailure };

/**
 * Runs every undo on the stack, last in first out; none can be interrupted. One that fails for its quarter of an hour blocks those that
 * wait for it; the rest go on, and then the operator decides: retry, skip or done. Never returns with an undo undecided.
 */
export async function undoAll(m: Migration): Promise<void> {
  m.stage = 'undoing';
  await endFeedWatch(m);
  await under(m, 'undoing', async () => {
    while (m.undo.length > 0) {
      const blocked = await undoWhatCanBe(m);
      if (blocked !== null) await decideBlocked(m, blocked);
    }
  });
}

interface Blocked {
  readonly undo: Undo;
  readonly failure: StepFailure;
}

/** One pass over the stack; returns the first undo that failed, if any. */
async function undoWhatCanBe(m: Migration): Promise<Blocked | null> {
  const blocked: Blocked[] = [];
  for (const undo of m.undo.toReversed()) {
    if (blocked.some(({ undo: earlier }) => waitsFor(undo, earlier))) continue;
    const tried = await runUndo(m, undo);
    report(m, { undo, ...('failure' in tried ? { outcome: 'failed', reason: tried.failure.message } : tried) });
    if ('failure' in tried) blocked.push({ undo, failure: tried.failure });
    else drop(m, undo);
  }
  return blocked[0] ?? null;
}

async function decideBlocked(m: Migration, { undo, failure }: Blocked): Promise<void> {
  const step = labelOf(undo);
  const { answer, reason } = await hold(m, {
    step,
    failure,
    answers: ['retry', 'skip', 'done'],
    status: 'rollback-blocked',
  });
  if (answer === 'retry') return;
  drop(m, undo);
  report(m, {
    undo,
    outcome: answer === 'done' ? 'marked-done' : 'skipped',
    ...(reason === undefined ? {} : { reason }),
  });
}

/** Still being deleted is no failure, but it may last longer than a failing undo is left alone: about an hour in all. */
const WAITS_FOR_AWS = 4;

async function runUndo(m: Migration, undo: Undo): Promise<Try> {
  for (let waits = 1; ; waits += 1) {
    try {
      return { outcome: await deed(m, undo) };
    } catch (error) {
      const failure = stepFailureOf(error);
      if (failure.type !== 'ResourceNotReady' || waits === WAITS_FOR_AWS) return { outcome: 'failed', failure };
    }
  }
}

function deed(m: Migration, undo: Undo): Promise<'undone' | 'absent'> {
  const label = labelOf(undo);
  switch (undo.kind) {
    case 'releaseSource':
      return call(undo.kind, label, { migration: m.id, run: m.run, source: sourceOf(m) });
    case 'deleteParameterGroup':
      return call(undo.kind, label, { ...owner(m), name: undo.name });
    case 'deleteCluster':
      return call(undo.kind, label, { ...owner(m), cluster: undo.cluster });
    case 'deleteInstance':
      return call(undo.kind, label, { ...owner(m), instance: undo.instance });
    case 'deleteSnapshot':
      return call(undo.kind, label, { ...owner(m), snapshot: undo.snapshot });
    case 'dropWorkingCopy':
      return call(undo.kind, label, { migration: m.id });
    case 'dropReplication':
      return call(undo.kind, label, sides(m));
    case 'unmarkProduction':
      return call(undo.kind, label, { ...owner(m), source: sourceOf(m) });
    case 'unstageSwitch':
    case 'revertSwitch':
      return call(undo.kind, label, { ...sides(m), switch: undo.switch });
  }
}

const drop = (m: Migration, undo: Undo): void => {
  m.undo = m.undo.filter((other) => !isSameUndo(other, undo));
};

/** The last outcome of an undo takes the place of the one before. */
const report = (m: Migration, outcome: UndoOutcome): void =>
  change(m, (progress) => ({
    ...progress,
    undo: [...progress.undo.filter(({ undo }) => !isSameUndo(undo, outcome.undo)), outcome],
  }));
