import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { traitsOf } from '../../model/strategy.ts';
import { advance, begun, notEnded, type BegunCell } from './begun-cell.ts';
import {
  faultsOf,
  isSameCell,
  STILL_LIMIT_MS,
  type Cell,
  type CellResult,
  type Direction,
  type Strategy,
} from './cell.ts';
import { FAULTS } from './faults.ts';
import { openLane, type Lane } from './lane.ts';
import { strike, undisturbed } from './strike.ts';
import { makeTurnstile, type Turnstile } from './turnstile.ts';
import { owner } from './aftermath.ts';

export interface CampaignOrder {
  /** Names of steps and faults; empty means all. */
  readonly steps: readonly string[];
  readonly faults: readonly string[];
  readonly strategy: Strategy;
  readonly directions: readonly Direction[];
  /** Installations that work side by side. */
  readonly lanes: number;
  /** Cells that are not wanted again. */
  readonly done?: readonly Cell[];
  /** Once it fires no further cell is begun. */
  readonly stop?: AbortSignal;
  readonly onResult: (result: CellResult, seconds: number) => void;
}

/** Every fault at every step of every hand-over wanted. Steps are those an undisturbed hand-over reports. */
export async function runCampaign(order: CampaignOrder): Promise<readonly CellResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'daybreak-chaos-bundle-'));
  try {
    const bundle = join(folder, 'workflow.js');
    const workflowsPath = fileURLToPath(new URL('./hand-over-workflow.ts', import.meta.url));
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await writeFile(bundle, code);
    return await inLanes(order, bundle);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What is left to do, and where to say what is done. */
interface Work {
  readonly order: CampaignOrder;
  readonly bundle: string;
  readonly left: BegunCell[];
  readonly tell: (result: CellResult, ms: number) => void;
  /** How long writes may stand still, by direction. */
  readonly limits: Map<Direction, number>;
  readonly turnstile: Turnstile;
}

async function inLanes(order: CampaignOrder, bundle: string): Promise<readonly CellResult[]> {
  const results: CellResult[] = [];
  const tell = (result: CellResult, ms: number): void => {
    results.push(result);
    order.onResult(result, Math.round(ms / 1_000));
  };
  const work: Work = { order, bundle, left: [], tell, limits: new Map(), turnstile: makeTurnstile() };
  order.stop?.addEventListener('abort', () => work.left.splice(0));
  {
    await using lane = await openReady(work);
    // Where even this is red no fault has to be looked for.
    if (!(await learn(lane, work))) return results;
    const others = Array.from({ length: order.lanes - 1 }, () => laneUntilDone(work));
    await Promise.all([run(lane, work), ...others]);
  }
  await laneUntilDone(work);
  return results;
}

async function run(lane: Lane, work: Work): Promise<void> {
  const { left, limits, tell, order, turnstile } = work;
  for (let cell = await take(lane, left); cell !== undefined; cell = await take(lane, left)) {
    const next = cell;
    const limitMs = limits.get(next.cell.direction) ?? STILL_LIMIT_MS;
    const { ended, ms } = await turnstile.strike(() => strikeFor(lane, next, limitMs));
    if ('result' in ended) {
      tell(ended.result, ms);
      // What a red cell leaves behind says nothing about the next.
      if (ended.result.faults.length > 0 && left.length > 0) return;
    } else if (order.stop?.aborted !== true) left.unshift({ ...next, nth: next.nth + 1, outcomes: ended.more, ms });
  }
}

async function strikeFor(
  lane: Lane,
  cell: BegunCell,
  limitMs: number,
): Promise<{ readonly ended: ReturnType<typeof advance>; readonly ms: number }> {
  const began = performance.now();
  const sinceBegun = (): number => cell.ms + performance.now() - began;
  try {
    const struck = await strike(lane, cell.cell, { nth: cell.nth, limitMs });
    return { ended: advance(cell, struck, limitMs), ms: sinceBegun() };
  } catch (error) {
    return { ended: { result: notEnded(cell, error) }, ms: sinceBegun() };
  }
}

const openReady = ({ bundle, order, turnstile }: Work): Promise<Lane> =>
  turnstile.open(async () => {
    const lane = await openLane(bundle, order.strategy);
    await lane.workers.twoAlive();
    return lane;
  });

async function laneUntilDone(work: Work): Promise<void> {
  while (work.left.length > 0) {
    await using lane = await openReady(work);
    await run(lane, work);
  }
}

const TRIES = 5;

/** Runs a hand-over each way that nothing disturbs: its steps make the cells. False where it is red, or no cell is wanted any more. */
async function learn(lane: Lane, { order, left, tell, limits }: Work): Promise<boolean> {
  const { strategy } = order;
  for (const direction of order.directions) {
    const began = performance.now();
    const { outcome, steps } = await stepsOf(lane, direction);
    // A copy behind the fence takes its time, whatever else happens.
    const limitMs = STILL_LIMIT_MS + (traitsOf(order).follows ? 0 : outcome.stillMs);
    const faults = faultsOf(outcome, limitMs);
    tell(
      { strategy, direction, ...CONTROL, times: 1, outcome, faults, steps: [BEFORE_ALL, ...steps] },
      performance.now() - began,
    );
    if (faults.length > 0 || order.stop?.aborted === true) return false;
    limits.set(direction, limitMs);
    left.push(...cellsOf(order, direction, steps).map(begun));
  }
  // What strikes again and again comes last.
  left.sort((a, b) => Number(isEach(a)) - Number(isEach(b)));
  return true;
}

const isEach = ({ cell: { fault } }: BegunCell): boolean => FAULTS[fault]?.each === true;

/** The steps an undisturbed hand-over takes. On a busy machine one may be finished by a second attempt, which took none of them. */
async function stepsOf(lane: Lane, direction: Direction): ReturnType<typeof undisturbed> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const seen = await undisturbed(lane, direction);
    if (seen.steps.includes('commit') || faultsOf(seen.outcome, Infinity).length > 0) return seen;
  }
  throw new Error(`${TRIES} undisturbed hand-overs needed a second attempt each: this machine is too busy`);
}

/** What an attempt says before it takes its first step: it holds nothing yet. */
const BEFORE_ALL = 'begin';

/** The cell that is run to learn the steps. */
const CONTROL = { step: BEFORE_ALL, fault: 'none' };
const isControl = ({ step, fault }: Cell): boolean => step === CONTROL.step && fault === CONTROL.fault;

function cellsOf(
  { strategy, steps, faults, done = [] }: CampaignOrder,
  direction: Direction,
  taken: readonly string[],
): Cell[] {
  const known = [BEFORE_ALL, ...taken];
  const unknown = steps.filter((step) => !known.includes(step));
  if (unknown.length > 0)
    throw new Error(`no step is called ${unknown.join(', ')}; wanted some of: ${known.join(', ')}`);
  return known
    .filter((step) => steps.length === 0 || steps.includes(step))
    .flatMap((step) =>
      (faults.length === 0 ? Object.keys(FAULTS) : faults).map((fault) => ({ strategy, direction, step, fault })),
    )
    .filter((cell) => !isControl(cell) && !done.some((other) => isSameCell(cell, other)));
}

/** Takes a hand-over that begins where the writes are, so that no cell needs a new stage. */
async function take(lane: Lane, left: BegunCell[]): Promise<BegunCell | undefined> {
  const here = (await owner(lane)) === 'target' ? 'target-to-source' : 'source-to-target';
  const at = left.findIndex(({ cell }) => cell.direction === here);
  return left.splice(Math.max(0, at), 1)[0];
}
