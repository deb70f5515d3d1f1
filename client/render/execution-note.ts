import { isClosed, isEnding } from '../temporal/ending.ts';
import type { RunView } from '../temporal/run-view.ts';
import { paragraph } from './columns.ts';
import type { Look } from './look.ts';

/** What Temporal knows and the run cannot say itself: no worker, a pause or an end by force. */
export function executionNote(view: RunView, look: Look): string[] {
  const note = noteOn(view);
  return note === null ? [] : paragraph(`! ${note}`, look.width).map((line) => look.paint.yellow(line));
}

function noteOn({ execution, progress, silence }: RunView): string | null {
  if (execution === 'PAUSED') return 'somebody paused this run in Temporal: temporal workflow unpause lets it go on';
  const unheard = silence === null ? null : `no answer from the run: ${silence}`;
  if (!isClosed(execution)) return unheard;
  if (progress !== null && isEnding(progress.status)) return null;
  if (progress === null && execution === 'CANCELLED')
    return `it was cancelled and everything was undone; details are not known here (${silence ?? 'it left no answer'})`;
  if (progress === null && execution !== 'TERMINATED' && execution !== 'TIMED_OUT')
    return `Temporal closed this run as ${execution}; how it ended is not known here (${silence ?? 'it left no answer'})`;
  return `Temporal ended this run as ${execution}, by force, and nothing was undone: daybreak rescue PLAN shows who may write and gives writes back; with --release it then ends the claim, so that daybreak start can begin again`;
}
