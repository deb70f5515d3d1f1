import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { dropTracker } from '../../activities/verification/live/drop-tracker.ts';
import { TASK_QUEUES } from '../../model/names.ts';
import { traitsOf } from '../../model/strategy.ts';
import type { HandOverEnd } from '../../workflows/hand-over.ts';
import { compareAll } from '../activities/cutover/following-stage.ts';
import { MIGRATION } from '../activities/cutover/stage.ts';
import { until } from '../until.ts';
import { forgetOldWrites, missingFrom, owner, settledBy, writableSides } from './aftermath.ts';
import { saysNothing, type Cell, type Direction, type Outcome } from './cell.ts';
import { FAULTS, type Fault, type Struck } from './faults.ts';
import type { HandOverInput, handOverWorkflow } from './hand-over-workflow.ts';
import type { Lane } from './lane.ts';
import { arm, found } from './trap.ts';

let started = 0;

/** One fault, struck once. */
export interface Strike {
  readonly outcome: Outcome;
  /** How many things of its kind the step has, as far as is known: where that is less than `nth`, nothing was struck. */
  readonly of: number;
}

const TRIES = 5;
/** Hundreds of answers can be late. */
const END_LIMIT_MS = 300_000;

/** Lets the fault strike the nth thing of its kind at the step, and looks at the world after it. */
export async function strike(
  lane: Lane,
  cell: Cell,
  { nth, limitMs }: { readonly nth: number; readonly limitMs: number },
): Promise<Strike | 'not reached'> {
  const fault = FAULTS[cell.fault];
  if (fault === undefined) throw new Error(`no fault is called ${cell.fault}`);
  // On a busy machine an attempt may also have been followed by another before it came to the step.
  for (let tries = 1; ; tries += 1) {
    await goTo(lane, cell.direction);
    const struck = await strikeOnce(lane, cell, fault, nth);
    const isAgain = struck === 'not reached' || saysNothing(struck.outcome, limitMs);
    if (!isAgain || tries === TRIES) return struck;
  }
}

/** A hand-over that nothing disturbs, and the steps it took, in order. */
export async function undisturbed(
  lane: Lane,
  direction: Direction,
): Promise<{ readonly outcome: Outcome; readonly steps: readonly string[] }> {
  await goTo(lane, direction);
  const since = performance.now();
  const end = await ended(await begin(lane, direction));
  const outcome = await look(lane, inWords(end), since);
  await afterwards(lane, direction);
  return { outcome, steps: end?.kind === 'handed-over' ? (end.facts?.steps.map(({ name }) => name) ?? []) : [] };
}

/** Leads the writes to the side from which the hand-over begins. Throws unless nothing keeps them from going there. */
async function goTo(lane: Lane, direction: Direction): Promise<void> {
  if (!traitsOf(lane).follows) return await renew(lane);
  const giver = direction === 'source-to-target' ? 'source' : 'target';
  if ((await owner(lane)) === giver) return;
  const back = direction === 'source-to-target' ? 'target-to-source' : 'source-to-target';
  const end = await ended(await begin(lane, back));
  if (end?.kind !== 'handed-over') throw new Error(`an undisturbed hand-over ended as ${JSON.stringify(end)}`);
  await afterwards(lane, back);
}

async function renew(lane: Lane): Promise<void> {
  await lane.renew();
  const renewed = performance.now();
  await until('the writers to write again', () => lane.writers.since(renewed).length > 10);
}

async function strikeOnce(lane: Lane, cell: Cell, fault: Fault, nth: number): Promise<Strike | 'not reached'> {
  await Promise.all(
    ['armed', 'caught', 'struck', 'over'].map((name) => rm(join(lane.folder, `${name}.json`), { force: true })),
  );
  const deed = fault.deed?.(nth) ?? { kind: 'signal', signal: 'SIGSTOP' };
  arm(lane.folder, { step: cell.step, deed });
  const since = performance.now();
  const handle = await begin(lane, cell.direction);
  const caught = await until(
    'the attempt at its step',
    async () => found(lane.folder, 'caught') ?? ((await isOver(lane, handle.workflowId)) ? 'never' : null),
  );
  if (caught === 'never') return 'not reached';
  const struck: Struck = { lane, handle, caught };
  const made = (await fault.make?.(struck, nth)) ?? 1;
  if (fault.healed !== 'after-end' || fault.make !== undefined) lane.workers.signal(caught.pid, 'SIGCONT');
  await wait(fault.lastsMs ?? 0);
  if (fault.healed !== 'after-end') await fault.heal?.(struck);
  const end = await endOf(struck, fault);
  if (fault.healed === 'after-end') await fault.heal?.(struck);
  if (fault.dies !== true) {
    const seen = (): string => lane.workers.lastWords();
    await until('the caught attempt to return', () => found(lane.folder, 'over'), { seen });
  }
  const outcome = await look(lane, end, since);
  await afterwards(lane, cell.direction);
  // Of calls it is known that there are no more only when the one meant did not come.
  const of = deed.kind !== 'call' ? made : found(lane.folder, 'struck') === null ? nth - 1 : nth + 1;
  return { outcome, of };
}

async function look(lane: Lane, end: Pick<Outcome, 'end' | 'why'>, since: number): Promise<Outcome> {
  const looked = performance.now();
  await until('a write after it', () => lane.writers.since(looked).length > 0, { limitMs: 20_000 }).catch(() => null);
  const writable = await writableSides(lane);
  const stillMs = lane.writers.longestStill(since);
  const busyMs = lane.bystander.longestWait(since);
  const missing = await missingFrom(lane, writable, lane.writers.since(since));
  return { ...end, stillMs, busyMs, writable, lost: new Set([...missing, ...lane.writers.unseen(since)]).size };
}

async function begin(lane: Lane, direction: Direction): Promise<WorkflowHandle<typeof handOverWorkflow>> {
  await lane.workers.twoAlive();
  if (traitsOf(lane).follows) await prepareToFollow(lane, direction);
  started += 1;
  const handOver = `chaos-${process.pid}-${started}`;
  const { plan, logins } = lane;
  const input: HandOverInput = { plan, ...logins, direction, handOver };
  return await lane.temporal.workflow.start<typeof handOverWorkflow>('handOverWorkflow', {
    workflowId: handOver,
    taskQueue: TASK_QUEUES.main,
    args: [input],
  });
}

/** As the migration does it before its gate, and before it goes back. */
async function prepareToFollow(lane: Lane, direction: Direction): Promise<void> {
  await forgetOldWrites(lane);
  await until('the sides to be equal', () => compareAll(lane.stage, direction).then(() => true, notYet));
}

/** The other side begins to follow moments after a hand-over. */
function notYet(error: unknown): false {
  if (error instanceof Error && Reflect.get(error, 'type') === 'ResourceNotReady') return false;
  throw error;
}

/** As the migration does it: who gave the writes away follows no keys any more. */
async function afterwards(lane: Lane, direction: Direction): Promise<void> {
  const [giver, taker] =
    direction === 'source-to-target' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  if (!traitsOf(lane).follows || (await owner(lane)) !== taker) return;
  await dropTracker(lane.stage.pair.clients)({ migration: MIGRATION, side: lane.stage.pair[giver] });
}

async function endOf({ lane, handle }: Struck, fault: Fault): Promise<Pick<Outcome, 'end' | 'why'>> {
  if (fault.endsWorkflow === true) return { end: await settledBy(lane, handle.workflowId), why: null };
  await until('the end of the hand-over', () => isOver(lane, handle.workflowId), { limitMs: END_LIMIT_MS });
  const end = await ended(lane.temporal.workflow.getHandle<typeof handOverWorkflow>(handle.workflowId));
  return inWords(end);
}

function inWords(end: HandOverEnd | null): Pick<Outcome, 'end' | 'why'> {
  if (end === null) return { end: 'no result', why: null };
  if (end.kind === 'handed-over') return { end: 'handed over', why: null };
  return { end: end.kind === 'given-back' ? 'given back' : 'not begun', why: end.failure.message };
}

async function ended(handle: WorkflowHandle<typeof handOverWorkflow>): Promise<HandOverEnd | null> {
  return await handle.result();
}

/** Not while Temporal is away. The newest run of the id is meant: a reset made another. */
async function isOver({ temporal }: Lane, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
  } catch {
    return false;
  }
}
