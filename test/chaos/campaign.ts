import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { isSameCell, type Cell, type CellResult, type Direction } from './cell.ts';
import { FAULTS } from './faults.ts';
import { openLane, type Lane } from './lane.ts';
import { runCell, runControl } from './run-cell.ts';
import { owner } from './aftermath.ts';

export interface CampaignOrder {
  /** Names of steps and faults; empty means all. */
  readonly steps: readonly string[];
  readonly faults: readonly string[];
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

async function inLanes(order: CampaignOrder, bundle: string): Promise<readonly CellResult[]> {
  const results: CellResult[] = [];
  const left: Cell[] = [];
  order.stop?.addEventListener('abort', () => left.splice(0));
  const tell = (result: CellResult, began: number): void => {
    results.push(result);
    order.onResult(result, Math.round((performance.now() - began) / 1_000));
  };
  const work = async (lane: Lane): Promise<void> => {
    for (let cell = await next(lane, left); cell !== undefined; cell = await next(lane, left)) {
      const began = performance.now();
      const result = await runCell(lane, cell).catch((error: unknown) => notEnded(cell, error));
      tell(result, began);
      // What a red cell leaves behind says nothing about the next.
      if (result.faults.length > 0 && left.length > 0) return;
    }
  };
  {
    await using lane = await openLane(bundle);
    for (const direction of order.directions) {
      const began = performance.now();
      const { control, steps } = await learnSteps(lane, direction);
      tell(control, began);
      // Where even this is red no fault has to be looked for.
      if (control.faults.length > 0 || order.stop?.aborted === true) return results;
      left.push(...cellsOf(order, direction, steps));
    }
    const others = Array.from({ length: order.lanes - 1 }, () => laneUntilDone(bundle, left, work));
    await Promise.all([work(lane), ...others]);
  }
  await laneUntilDone(bundle, left, work);
  return results;
}

/** The next cells are run all the same. */
const notEnded = (cell: Cell, error: unknown): CellResult => ({
  ...cell,
  times: 0,
  outcome: null,
  faults: [error instanceof Error ? error.message : String(error)],
});

async function laneUntilDone(
  bundle: string,
  left: readonly Cell[],
  work: (lane: Lane) => Promise<void>,
): Promise<void> {
  while (left.length > 0) {
    await using lane = await openLane(bundle);
    await work(lane);
  }
}

const TRIES = 5;

interface Learned {
  readonly control: CellResult;
  readonly steps: readonly string[];
}

/** The steps an undisturbed hand-over takes. On a busy machine one may be finished by a second attempt, which took none of them. */
async function learnSteps(lane: Lane, direction: Direction): Promise<Learned> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { steps, ...control } = await runControl(lane, direction);
    if (steps.includes('commit') || control.faults.length > 0) return { control, steps };
  }
  throw new Error(`${TRIES} undisturbed hand-overs needed a second attempt each: this machine is too busy`);
}

/** What an attempt says before it takes its first step: it holds nothing yet. */
const BEFORE_ALL = 'begin';

/** That one was run to learn the steps. */
const isControl = ({ step, fault }: Cell): boolean => step === BEFORE_ALL && fault === 'none';

function cellsOf({ steps, faults, done = [] }: CampaignOrder, direction: Direction, taken: readonly string[]): Cell[] {
  const known = [BEFORE_ALL, ...taken];
  const unknown = steps.filter((step) => !known.includes(step));
  if (unknown.length > 0)
    throw new Error(`no step is called ${unknown.join(', ')}; wanted some of: ${known.join(', ')}`);
  return known
    .filter((step) => steps.length === 0 || steps.includes(step))
    .flatMap((step) =>
      (faults.length === 0 ? Object.keys(FAULTS) : faults).map((fault) => ({ direction, step, fault })),
    )
    .filter((cell) => !isControl(cell) && !done.some((other) => isSameCell(cell, other)));
}

/** Takes a hand-over that begins where the writes are, so that no cell needs a new stage. */
async function next(lane: Lane, left: Cell[]): Promise<Cell | undefined> {
  const here = (await owner(lane)) === 'target' ? 'target-to-source' : 'source-to-target';
  const at = left.findIndex(({ direction }) => direction === here);
  return left.splice(Math.max(0, at), 1)[0];
}
