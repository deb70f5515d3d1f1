import { CancelledFailure, workflowInfo } from '@temporalio/workflow';
import type { CopyFacts, Login, Owner, Sides, WayBackFound } from '../activities/contract.ts';
import { migrationId } from '../model/names.ts';
import type { SectionName } from '../model/phase.ts';
import type { Decision, Ending, Progress, Status } from '../model/progress.ts';
import type { Pause } from '../model/report.ts';
import { pendingSections } from '../model/steps.ts';
import { isSameUndo, type Undo } from '../model/undo.ts';
import type { FeedWatch } from './feed-watch.ts';
import type { HoldAnswer, MigrateInput } from './messages.ts';
import { show } from './ui.ts';

/**
 * What a request may still do. `forward`: everything can be undone. `fenced`: writes are being handed over, nothing interrupts.
 * `committed`: the target takes writes and the way back is open. `retiring`: it no longer is. `undoing` and `ended` speak for themselves.
 */
export type Stage = 'forward' | 'fenced' | 'committed' | 'retiring' | 'undoing' | 'ended';

/** Why the run leaves its way forward, set by a request or a step and read wherever the run may leave it. */
export interface Stop {
  readonly ending: Exclude<Ending, 'done'>;
  readonly reason: string;
}

/** All a running migration remembers. What people see of it is `progress`; it changes only through {@link change} and {@link note}. */
export interface Migration {
  readonly input: MigrateInput;
  readonly id: string;
  /** The run that began it, under which it holds custody and names what it makes: a reset keeps this one, and `runId` is another. */
  readonly run: string;
  progress: Progress;
  stage: Stage;
  section: SectionName;
  source: Login | null;
  target: Login | null;
  copied: CopyFacts | null;
  /** Aurora's exact version, as the assessment resolved it; empty before. */
  targetVersion: string;
  /** Whether the rehearsal that was restored has been cleared away for the fenced section's own. */
  rehearsalCleared: boolean;
  /** Compensations of what was done so far; the commit empties it. */
  undo: readonly Undo[];
  /** What the commit took off the stack: good again once all writes are back on the source. */
  undoAtCommit: readonly Undo[];
  stop: Stop | null;
  /** Cancels what runs right now, where it may be interrupted. */
  interrupt: (() => void) | null;
  /** Parks what runs right now for a pause, where it goes on later from where it was. */
  park: (() => void) | null;
  feedWatch: FeedWatch | null;
  pausedBy: string | null;
  holdAnswer: HoldAnswer | null;
  /** Whether the rollback asked for accepts that the target's writes are lost. */
  acceptLoss: boolean;
  /** Ways back tried, so that each has an id of its own in custody. */
  rollbacks: number;
  /** Whether a comparison may have left the tracker's slot on the target, where it keeps the log. */
  trackedOnTarget: boolean;
  /** It went back, and waits to be asked for another try. */
  returned: boolean;
  /** Readiness reports made so far: each has a number of its own, so that no approval fits two. */
  round: number;
  /** When the soak is over, in ms since the epoch; 0 before the commit. */
  soakEndsMs: number;
  /** Time spent at gates and holds, in ms: what `abandonAfter` bounds. */
  waitedMs: number;
}

export function newMigration(input: MigrateInput): Migration {
  const { plan, operator } = input;
  const { runId, originalExecutionRunId } = workflowInfo();
  const id = migrationId(plan);
  return {
    input,
    id,
    run: originalExecutionRunId,
    progress: newProgress(input, { id, run: runId, operator }),
    stage: 'forward',
    section: 'setup',
    source: null,
    target: null,
    copied: null,
    targetVersion: '',
    rehearsalCleared: false,
    undo: [],
    undoAtCommit: [],
    stop: null,
    interrupt: null,
    park: null,
    feedWatch: null,
    pausedBy: null,
    holdAnswer: null,
    acceptLoss: false,
    rollbacks: 0,
    trackedOnTarget: false,
    returned: false,
    round: 0,
    soakEndsMs: 0,
    waitedMs: 0,
  };
}

const newProgress = ({ plan }: MigrateInput, of: { id: string; run: string; operator: string }): Progress => ({
  schemaVersion: 1,
  migration: of.id,
  run: of.run,
  operator: of.operator,
  strategy: plan.strategy,
  source: plan.source.instance,
  target: plan.target.cluster,
  status: 'running',
  startedAt: now(),
  endedAt: null,
  sections: pendingSections(),
  waitingFor: null,
  held: null,
  gate: null,
  findings: [],
  decisions: [],
  undo: [],
  handOvers: [],
  wayBack: null,
  trouble: null,
  reason: null,
  evidence: null,
});

/** For those who decide, of what there was so far. */
export const pausesOf = ({ progress }: Migration): readonly Pause[] =>
  progress.handOvers.map(({ direction, closedMs }) => ({ direction, closedMs }));

/** Workflow time, ISO 8601 in UTC. */
export const now = (): string => new Date().toISOString();

/** How `progress` changes, so that screens never lag behind it. */
export function change(m: Migration, next: (progress: Progress) => Progress): void {
  m.progress = next(m.progress);
  show(m.progress, m.section, m.input.searchAttributes);
}

/** For a change that another one follows at once: an upsert of search attributes is an event, and one for both is enough. */
export function note(m: Migration, next: (progress: Progress) => Progress): void {
  m.progress = next(m.progress);
}

export const set = (m: Migration, facts: Partial<Progress>): void =>
  change(m, (progress) => ({ ...progress, ...facts }));

/** Runs `deed` under a status and notes the one before again; a stop leaves the status to whoever handles it. */
export async function under<Result>(m: Migration, status: Status, deed: () => Promise<Result>): Promise<Result> {
  const { status: before } = m.progress;
  set(m, { status });
  const result = await deed();
  note(m, (progress) => ({ ...progress, status: before }));
  return result;
}

export const record = (m: Migration, decision: Omit<Decision, 'at'>): void =>
  change(m, (progress) => ({ ...progress, decisions: [...progress.decisions, { at: now(), ...decision }] }));

/** Undo before deed: a deed whose answer is lost has its undo on the stack all the same. */
export function pushUndo(m: Migration, undo: Undo): void {
  if (!m.undo.some((other) => isSameUndo(other, undo))) m.undo = [...m.undo, undo];
}

/** Asks the run to leave its way forward; what runs now is cancelled if it may be. */
export function askToStop(m: Migration, stop: Stop): void {
  m.stop ??= stop;
  m.interrupt?.();
}

/** To be thrown: leaves the way forward from wherever the run is. */
export function stopped(m: Migration, stop?: Stop): CancelledFailure {
  if (stop !== undefined) m.stop ??= stop;
  return new CancelledFailure(m.stop?.reason ?? 'stopped');
}

/** What stopped the run; anything that is not a stop is a bug, which must neither undo nor end it. */
export function stopIn(m: Migration, error: unknown): Stop {
  if (m.stop !== null && error instanceof CancelledFailure) return m.stop;
  throw asBug(error);
}

/** A plain error fails the workflow task, which waits for a fixed deploy; a Temporal failure would end the run. */
export const asBug = (error: unknown): Error =>
  new Error(`not expected here, so nothing was undone: ${String(error)}`, { cause: error });

/** What the fenced section, its way back and the soak are told of the way back; nothing where the strategy alone tells. */
export const wayBackFound = ({ progress: { feedsBack } }: Migration): WayBackFound =>
  feedsBack === true ? { feedsBack } : {};

export const owner = (m: Migration): Owner => ({ migration: m.id, plan: m.input.plan });

export function sourceOf(m: Migration): Login {
  if (m.source === null) throw new Error('the source is used before it was assessed');
  return m.source;
}

export function targetOf(m: Migration): Login {
  if (m.target === null) throw new Error('the target is used before it was made');
  return m.target;
}

export const sides = (m: Migration): Sides => ({ migration: m.id, source: sourceOf(m), target: targetOf(m) });
