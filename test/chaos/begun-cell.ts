import { faultsOf, type Cell, type CellResult, type Outcome } from './cell.ts';
import type { Strike } from './strike.ts';

/** A cell under way. One strike after the other, so that a hand-over there is followed by one back, of whichever cell. */
export interface BegunCell {
  readonly cell: Cell;
  /** Of the strike that comes next, from 1. */
  readonly nth: number;
  readonly outcomes: readonly Outcome[];
  readonly ms: number;
}

export const begun = (cell: Cell): BegunCell => ({ cell, nth: 1, outcomes: [], ms: 0 });

/** The cell after its strike: there is more to strike, or it has ended. `limitMs`: how long writes may stand still. */
export function advance(
  { cell, nth, outcomes }: BegunCell,
  strike: Strike | 'not reached',
  limitMs: number,
): { readonly more: readonly Outcome[] } | { readonly result: CellResult } {
  if (strike === 'not reached')
    return { result: { ...cell, times: nth, outcome: null, faults: ['the attempt did not come to the step'] } };
  const isRed = faultsOf(strike.outcome, limitMs).length > 0;
  const seen = strike.of >= nth || isRed ? [...outcomes, strike.outcome] : outcomes;
  return strike.of > nth && !isRed ? { more: seen } : { result: worstOf(cell, seen, limitMs) };
}

function worstOf(cell: Cell, outcomes: readonly Outcome[], limitMs: number): CellResult {
  const rank = (outcome: Outcome): number => faultsOf(outcome, limitMs).length * 1e9 + outcome.stillMs;
  const worst = outcomes.toSorted((a, b) => rank(b) - rank(a))[0] ?? null;
  return { ...cell, times: outcomes.length, outcome: worst, faults: worst === null ? [] : faultsOf(worst, limitMs) };
}

/** What a strike threw: the next cells are run all the same. */
export const notEnded = ({ cell, nth }: BegunCell, error: unknown): CellResult => ({
  ...cell,
  times: nth,
  outcome: null,
  faults: [error instanceof Error ? error.message : String(error)],
});
