import type { HandOverFacts, Progress } from '../../model/progress.ts';
import { labelOf, type UndoOutcome } from '../../model/undo.ts';
import { amount } from './amount.ts';
import type { Look } from './look.ts';
import { distance, moment, span } from './moment.ts';

/** What came of the run so far: hand-overs, the way back, undos that did not work, the reason, where the evidence lies. */
export function outcomeFacts(progress: Progress, look: Look): [string, string][] {
  const { handOvers, wayBack, undo, reason, evidence } = progress;
  const rows: [string, string][] = handOvers.map((facts) => ['hand-over', handOver(facts, progress.strategy)]);
  if (wayBack !== null && progress.endedAt === null) rows.push(['way back', backUntil(wayBack, look)]);
  for (const outcome of undo.filter(({ outcome: kind }) => kind === 'failed' || kind === 'skipped'))
    rows.push(['not undone', notUndone(outcome)]);
  if (reason !== null) rows.push(['because', reason]);
  if (evidence !== null) rows.push(['evidence', evidence]);
  return rows;
}

function handOver(facts: HandOverFacts, strategy: Progress['strategy']): string {
  const { direction, closedMs, writesLost } = facts;
  const way = direction === 'source-to-target' ? 'source → target' : 'target → source';
  const lost = writesLost === null ? 'row changes lost: not known' : `${amount(writesLost)} row changes lost`;
  return `${way}: writes stood still for ${span(closedMs)}; ${verified(facts, strategy)}; ${lost}`;
}

function verified({ rowsVerified, tables }: HandOverFacts, strategy: Progress['strategy']): string {
  if (tables === 0) return 'no row was copied back, the rows are those from before the cutover';
  const rows = amount(rowsVerified);
  // All rows of those tables were compared before the fence, while both sides moved.
  if (strategy === 'blue-green') return `the ${rows} rows changed last in ${amount(tables)} tables verified`;
  return `${rows} rows in ${amount(tables)} tables verified`;
}

function backUntil({ until, writesAtRisk }: NonNullable<Progress['wayBack']>, look: Look): string {
  const cost =
    writesAtRisk === null
      ? 'what it would lose is not counted yet'
      : `it would lose ${amount(writesAtRisk)} row changes`;
  return `rollback until ${moment(until, look)}, ${distance(until, look.nowMs)}; ${cost}`;
}

const notUndone = ({ undo, outcome, reason }: UndoOutcome): string =>
  `${labelOf(undo)}: ${outcome}${reason === undefined ? '' : `: ${reason}`}`;
