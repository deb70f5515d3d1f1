import type { Acknowledged, LoadRecord } from './load.ts';
import { writeKey, type Ledger } from './ledger.ts';

/** One hand-over as its clients saw it. Times in ms. */
export interface HandOverFigures {
  /** The longest time without an acknowledged write, all clients together, within {@link WINDOW_MS} around the hand-over. */
  readonly ackGapMs: number;
  /** The longest a client waited for one, within the same window. */
  readonly worstLatencyMs: number;
  /** Writes a client was told were not done, from the beginning of the load to half-way to the next hand-over, or from there on. */
  readonly failed: number;
  /** Acknowledged writes that the side that took over lacks. */
  readonly lost: number;
}

/** There and back under one load, and the load alone. */
export interface RoundFigures {
  readonly cutover: HandOverFigures;
  readonly rollback: HandOverFigures;
  readonly control: Pick<HandOverFigures, 'ackGapMs' | 'worstLatencyMs'>;
  /** The longest a client waited for a write at any time: copy, comparison and all. */
  readonly worstLatencyOfAllMs: number;
  readonly writes: number;
}

/** Half before the first write the other side took, half after it. The control lasts as long: the longer one looks, the worse the worst. */
export const WINDOW_MS = 6_000;

export interface Round {
  readonly record: LoadRecord;
  /** What both sides hold after the load has ended and both have gone there and back. */
  readonly ledgers: Readonly<Record<'source' | 'target', Ledger>>;
  /** As the servers call themselves in the ledger. */
  readonly servers: Readonly<Record<'source' | 'target', number>>;
  /** When the load had run in and was alone. */
  readonly controlFromMs: number;
}

/** Throws if the load did not go there and back: then there is nothing to measure. */
export function roundFigures({ record, ledgers, servers, controlFromMs }: Round): RoundFigures {
  const { acknowledged, failed } = record;
  const takenBy = (write: Acknowledged): number | undefined =>
    ledgers.target.get(writeKey(write)) ?? ledgers.source.get(writeKey(write));
  const there = acknowledged.find((write) => takenBy(write) === servers.target);
  const lastThere = acknowledged.findLast((write) => takenBy(write) === servers.target);
  const back = acknowledged.find(({ atMs }) => lastThere !== undefined && atMs > lastThere.atMs);
  if (there === undefined || back === undefined)
    throw new Error('no write went to the target and the next back to the source; wanted a load that lasts longer');
  const middleMs = (there.atMs + back.atMs) / 2;
  const around = (atMs: number) => longest(acknowledged, atMs - WINDOW_MS / 2);
  const missing = (side: 'source' | 'target', untilMs: number): number =>
    acknowledged.filter((write) => write.atMs < untilMs && !ledgers[side].has(writeKey(write))).length;
  return {
    cutover: {
      ...around(there.atMs),
      failed: failed.filter(({ atMs }) => atMs < middleMs).length,
      // What the source acknowledged after it had its writes back may still be on its way.
      lost: missing('target', back.atMs),
    },
    rollback: {
      ...around(back.atMs),
      failed: failed.filter(({ atMs }) => atMs >= middleMs).length,
      lost: missing('source', Number.POSITIVE_INFINITY),
    },
    control: longest(acknowledged, controlFromMs),
    worstLatencyOfAllMs: tenths(worst(acknowledged)),
    writes: acknowledged.length,
  };
}

/** The longest gap that touches the window, and the longest wait that ended in it. */
function longest(acknowledged: readonly Acknowledged[], fromMs: number): { ackGapMs: number; worstLatencyMs: number } {
  const within = acknowledged.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + WINDOW_MS);
  const moments = [fromMs, ...within.map(({ atMs }) => atMs), fromMs + WINDOW_MS];
  const gaps = moments.slice(1).map((atMs, at) => atMs - (moments[at] ?? atMs));
  return { ackGapMs: tenths(gaps.reduce((a, b) => Math.max(a, b), 0)), worstLatencyMs: tenths(worst(within)) };
}

const worst = (writes: readonly Acknowledged[]): number => writes.reduce((ms, { tookMs }) => Math.max(ms, tookMs), 0);
const tenths = (ms: number): number => Math.round(ms * 10) / 10;
