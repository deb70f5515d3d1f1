import type { HandOverFacts, Progress } from '../../model/progress.ts';
import { labelOf, type UndoOutcome } from '../../model/undo.ts';
import { traitsOf } from '../../model/strategy.ts';
import { amount } from '../../model/amount.ts';
import { interruption } from './interruption.ts';
import type { Look } from './look.ts';
import { span } from '../../model/span.ts';
import { moment } from './moment.ts';

/** What came of the run so far: hand-overs with the pause of each, undos that did not work, the reason, where the evidence lies. */
export function outcomeFacts(progress: Progress, look: Look): [string, string][] {
  const { handOvers, undo, reason, evidence } = progress;
  const rows: [string, string][] = [
    ...sourceChanges(progress, look),
    ...handOvers.map((facts): [string, string] => ['hand-over', handOver(facts, progress.strategy)]),
    ...inAll(progress),
  ];
  for (const outcome of undo.filter(({ outcome: kind }) => kind === 'failed' || kind === 'skipped'))
    rows.push(['not undone', notUndone(outcome)]);
  if (reason !== null) rows.push(['because', reason]);
  if (evidence !== null) rows.push(['evidence', evidence]);
  return rows;
}

/** Stays whatever becomes of the run, so it is said whatever becomes of the run. */
function sourceChanges({ sourceReboot, source }: Progress, look: Look): [string, string][] {
  if (sourceReboot === undefined) return [];
  const { parameterGroup, changes, rebootedAt, interruptionMs } = sourceReboot;
  const set = changes.map(({ parameter, from, to }) => `${parameter} ${from} → ${to}`).join(', ');
  const done =
    rebootedAt === null || interruptionMs === null
      ? 'not rebooted for it: it takes effect with the next reboot'
      : `rebooted at ${moment(rebootedAt, look)}, at most ${span(interruptionMs)} of interruption`;
  return [['source', `${source}: ${set} in parameter group ${parameterGroup}, which stays; ${done}`]];
}

function inAll({ handOvers, sourceReboot }: Progress): [string, string][] {
  const last = handOvers.findLast(({ direction }) => direction === 'source-to-target');
  return last === undefined ? [] : interruption(sourceReboot === undefined ? {} : { sourceReboot }, last.closedMs);
}

function handOver(facts: HandOverFacts, strategy: Progress['strategy']): string {
  const { direction, closedMs, writesLost, completedAfter } = facts;
  const way = direction === 'source-to-target' ? 'source → target' : 'target → source';
  const lost = writesLost === null ? 'row changes lost: not known' : `${amount(writesLost)} row changes lost`;
  const broken = completedAfter === undefined ? '' : `; committed, then completed after: ${completedAfter}`;
  return `${way}: writes stood still for ${span(closedMs)}; ${verified(facts, strategy)}; ${lost}${broken}`;
}

function verified({ direction, rowsVerified, tables }: HandOverFacts, strategy: Progress['strategy']): string {
  if (tables === 0) return 'no row was copied back, the rows are those from before the cutover';
  const rows = amount(rowsVerified);
  // All rows of those tables were compared before the fence, while both sides moved.
  if (traitsOf({ strategy }).follows || direction === 'target-to-source')
    return `the ${rows} rows changed last in ${amount(tables)} tables verified`;
  return `${rows} rows in ${amount(tables)} tables verified`;
}

const notUndone = ({ undo, outcome, reason }: UndoOutcome): string =>
  `${labelOf(undo)}: ${outcome}${reason === undefined ? '' : `: ${reason}`}`;
