import { median } from '../median.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import type { RoundResult } from './round.ts';

/** One direction over all runs: medians, but every write that failed or was lost counts. */
export interface DirectionResult {
  readonly ackGapMs: number;
  readonly worstLatencyMs: number;
  /** Of the same load in the same run, before anything began. */
  readonly controlWorstLatencyMs: number;
  readonly failed: number;
  readonly lost: number;
  readonly steps: HandOverFacts['steps'];
}

export interface Summary {
  readonly cutover: DirectionResult;
  readonly rollback: DirectionResult;
}

export const summaryOf = (rounds: readonly RoundResult[]): Summary => ({
  cutover: directionOf(rounds, 'cutover'),
  rollback: directionOf(rounds, 'rollback'),
});

function directionOf(rounds: readonly RoundResult[], direction: 'cutover' | 'rollback'): DirectionResult {
  const medianOf = (read: (round: RoundResult) => number): number => Math.round(median(rounds.map(read)) * 10) / 10;
  const total = (read: (round: RoundResult) => number): number => rounds.reduce((sum, round) => sum + read(round), 0);
  return {
    ackGapMs: medianOf((round) => round[direction].ackGapMs),
    worstLatencyMs: medianOf((round) => round[direction].worstLatencyMs),
    controlWorstLatencyMs: medianOf(({ control }) => control.worstLatencyMs),
    failed: total((round) => round[direction].failed),
    lost: total((round) => round[direction].lost),
    steps: stepMedians(rounds.map(({ steps }) => steps[direction])),
  };
}

/** In the order of their first appearance; a run without the step does not count for it. */
function stepMedians(runs: readonly HandOverFacts['steps'][]): HandOverFacts['steps'] {
  const laps = new Map<string, number[]>();
  for (const { name, ms } of runs.flat()) laps.set(name, [...(laps.get(name) ?? []), ms]);
  return [...laps].map(([name, each]) => ({ name, ms: median(each) }));
}
