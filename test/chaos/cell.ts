import type { HandOverFacts } from '../../model/progress.ts';

export type Direction = HandOverFacts['direction'];

/** Of the plans there is a table for. */
export type Strategy = 'blue-green' | 'dump';

/** The hand-overs there is a table for; of `dump` only that which copies behind the fence: its rollback is that of `blue-green`. */
export const DIRECTIONS: Readonly<Record<Strategy, readonly Direction[]>> = {
  'blue-green': ['source-to-target', 'target-to-source'],
  dump: ['source-to-target'],
};

/** Names of the two hand-overs, as people call them. */
export const HAND_OVERS: Readonly<Record<Direction, string>> = {
  'source-to-target': 'cutover',
  'target-to-source': 'rollback',
};

/** One fault at one step of one hand-over. */
export interface Cell {
  readonly strategy: Strategy;
  readonly direction: Direction;
  /** The attempt is stopped as it is about to take it; as `onStep` reports it. */
  readonly step: string;
  /** A key of `FAULTS`. */
  readonly fault: string;
}

/** How the world stood after it. */
export interface Outcome {
  /** How the hand-over ended, in words. */
  readonly end: string;
  /** What the workflow says of an end that is no hand-over. */
  readonly why: string | null;
  /** Longest time without an acknowledged write, from before the fault on; ms. */
  readonly stillMs: number;
  /** The same of a client of another database on these servers: then the machine itself was busy; ms. */
  readonly busyMs: number;
  /** Sides on which a write was accepted afterwards, whoever asked. */
  readonly writable: readonly string[];
  /** Acknowledged writes that are not where the writes are now, or that their writer did not find when it logged in again. */
  readonly lost: number;
}

/** `times`: how often the fault struck, one call or one connection each; 0 where the step has none. */
export interface CellResult extends Cell {
  readonly times: number;
  /** The worst of them. */
  readonly outcome: Outcome | null;
  /** What is not as wanted, in words; empty for a green cell. */
  readonly faults: readonly string[];
  /** Of an undisturbed hand-over: the steps it took, in order. */
  readonly steps?: readonly string[];
}

export const isSameCell = (a: Cell, b: Cell): boolean =>
  a.strategy === b.strategy && a.direction === b.direction && a.step === b.step && a.fault === b.fault;

/** Writes flow again within this time, whatever happened; where the copy is made behind the fence, within this time more than undisturbed. */
export const STILL_LIMIT_MS = 10_000;

/** Where a client that has nothing to do with it waited longer than this, a pause says nothing. */
const BUSY_MS = 1_000;

/** Whether all that is not as wanted is a pause, on a machine that was busy: the fault has to strike again. */
export const saysNothing = (outcome: Outcome, limitMs: number): boolean =>
  outcome.busyMs > BUSY_MS && outcome.stillMs > limitMs && faultsOf(outcome, Infinity).length === 0;

/** What of an outcome is not as wanted. */
export function faultsOf({ end, stillMs, writable, lost }: Outcome, limitMs = STILL_LIMIT_MS): string[] {
  return [
    ...(stillMs > limitMs ? [`no write was acknowledged for ${stillMs} ms; wanted ${limitMs} at most`] : []),
    ...(writable.length === 1 ? [] : [`writable: ${writable.join(' and ') || 'no side'}; wanted exactly one`]),
    ...(lost === 0 ? [] : [`${lost} acknowledged writes are lost; wanted 0`]),
    ...(NAMED_ENDS.some((named) => end.startsWith(named))
      ? []
      : [`ended as "${end}"; wanted one of ${NAMED_ENDS.join(', ')}`]),
  ];
}

/** Every way a hand-over may end. */
const NAMED_ENDS = ['handed over', 'given back', 'not begun'];
