import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { isFailureType } from '../model/failure.ts';
import type { SectionName } from '../model/phase.ts';
import { beginSection, endSection, putStep } from '../model/steps.ts';
import type { Step } from '../model/progress.ts';
import type { Undo } from '../model/undo.ts';
import { hold } from './hold.ts';
import { change, note, now, pushUndo, stopped, type Migration } from './migration.ts';
import { call, type ActivityName, type Input, type Result } from './policies.ts';
import { stepFailureOf, type StepFailure } from './step-failure.ts';
import { breathe, mayStop } from './waiting.ts';

export interface StepOptions<Name extends ActivityName> {
  /** Pushed before the deed. */
  readonly undo?: Undo;
  /** Throws a typed failure if the result is not good enough. */
  readonly judge?: (result: Result<Name>) => void;
  /** What has to be done anew before the step is tried again. */
  readonly again?: () => Promise<void>;
}

/** A part of the timeline; left by a stop it stays as it is until the undo closes it. */
export async function section<T>(m: Migration, name: SectionName, deed: () => Promise<T>): Promise<T> {
  m.section = name;
  note(m, (progress) => beginSection(progress, name, now()));
  const result = await deed();
  note(m, (progress) => endSection(progress, name, 'done', now()));
  return result;
}

/** One named activity call. Failed before the commit it holds for retry or undo, as the plan's `onFailure` says; after it, for retry. */
export async function step<Name extends ActivityName>(
  m: Migration,
  name: Name,
  label: string,
  input: Input<Name>,
  options: StepOptions<Name> = {},
): Promise<Result<Name>> {
  for (;;) {
    const tried = await attempt(m, name, label, input, options);
    if ('result' in tried) return tried.result;
    if ('parked' in tried) continue;
    await afterFailure(m, label, tried.failure);
    await options.again?.();
  }
}

/** A step after the commit that the run can do without: the operator may also skip it, with a reason. */
export async function skippableStep<Name extends ActivityName>(
  m: Migration,
  name: Name,
  label: string,
  input: Input<Name>,
): Promise<Result<Name> | 'skipped'> {
  for (;;) {
    const tried = await attempt(m, name, label, input, {});
    if ('result' in tried) return tried.result;
    if ('parked' in tried) continue;
    const { answer } = await hold(m, { step: label, failure: tried.failure, answers: ['retry', 'skip'] });
    if (answer === 'skip') return 'skipped';
  }
}

/** Hours of work that keep what they have done, so that a pause need not wait for their end. */
const PARKABLE: ReadonlySet<ActivityName> = new Set(['copyLive']);

type Tried<Name extends ActivityName> =
  | { readonly result: Result<Name> }
  | { readonly failure: StepFailure }
  /** Stopped for a pause; to be tried again when it is over. */
  | { readonly parked: true };

async function attempt<Name extends ActivityName>(
  m: Migration,
  name: Name,
  label: string,
  input: Input<Name>,
  { undo, judge }: StepOptions<Name>,
): Promise<Tried<Name>> {
  await breathe(m);
  if (undo !== undefined) pushUndo(m, undo);
  const startedAt = now();
  const put = (end: Pick<Step, 'status' | 'detail'>): void =>
    putStepNow(m, { name, label, startedAt, endedAt: end.status === 'running' ? null : now(), ...end });
  put({ status: 'running', detail: null });
  const park = PARKABLE.has(name) ? { asked: false } : null;
  try {
    const result = await interruptible(m, () => call(name, label, input), park);
    judge?.(result);
    put({ status: 'done', detail: null });
    return { result };
  } catch (error) {
    if (park?.asked === true && isCancellation(error) && !mayStop(m)) {
      put({ status: 'running', detail: 'stopped for a pause; it goes on from here' });
      return { parked: true };
    }
    const failure = stepFailureOf(error);
    put({ status: 'failed', detail: mayStop(m) ? 'stopped' : failure.message });
    if (mayStop(m)) throw stopped(m);
    return { failure };
  }
}

const putStepNow = (m: Migration, put: Step): void => change(m, (progress) => putStep(progress, m.section, put));

/** Requests cancel what runs in here, and nothing else; a pause does where the deed can be parked. */
async function interruptible<T>(m: Migration, deed: () => Promise<T>, park: { asked: boolean } | null): Promise<T> {
  const scope = new CancellationScope();
  m.interrupt = () => scope.cancel();
  if (park !== null)
    m.park = () => {
      park.asked = true;
      scope.cancel();
    };
  try {
    return await scope.run(deed);
  } finally {
    m.interrupt = null;
    m.park = null;
  }
}

/** A failure nobody foresaw is held even under `onFailure: undo`: a bug never triggers undo. */
async function afterFailure(m: Migration, label: string, failure: StepFailure): Promise<void> {
  const isForeseen = isFailureType(failure.type) || failure.type === 'TimedOut' || failure.type === 'NotStarted';
  if (m.stage === 'forward' && m.input.plan.onFailure === 'undo' && isForeseen)
    throw stopped(m, { ending: 'undone', reason: `${label} failed: ${failure.message}` });
  await hold(m, { step: label, failure, answers: m.stage === 'forward' ? ['retry', 'undo'] : ['retry'] });
}
