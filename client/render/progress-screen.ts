import type { Progress } from '../../model/progress.ts';
import type { RunView } from '../temporal/run-view.ts';
import { activityLines } from './activity-lines.ts';
import { facts, paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { distance, moment } from './moment.ts';
import { nextSteps } from './next-steps.ts';
import { outcomeFacts } from './outcome-facts.ts';
import { executionNote } from './execution-note.ts';
import { painter, STATUS_WORDS } from './status-words.ts';
import { AMPLE, timeline } from './timeline.ts';
import { wayBackBanner } from './way-back-banner.ts';
import { whoWrites } from './who-writes.ts';

/** The whole run on one screen: what `status` prints and `watch` redraws. */
export function progressScreen(view: RunView, look: Look, room = AMPLE): string[] {
  const { progress } = view;
  if (progress === null) return [look.paint.bold(view.id), ...executionNote(view, look)];
  return [
    ...head(view, progress, look),
    ...wayBackBanner(progress, look),
    '',
    ...timeline(progress.sections, look, room, activityLines(view.activities, look)),
    '',
    ...facts(standing(progress, look), look.width),
    ...executionNote(view, look),
    ...next(progress, look),
  ];
}

function head({ id }: RunView, progress: Progress, look: Look): string[] {
  const words = STATUS_WORDS[progress.status];
  const title = `${progress.source} → ${progress.target}, strategy ${progress.strategy}`;
  const state = `${words.mark} ${words.word}`;
  return [
    ...paragraph(title, look.width).map((line) => look.paint.bold(line)),
    ...paragraph(id, look.width).map((line) => look.paint.dim(line)),
    ...paragraph(state, look.width).map((line) => painter(words, look)(line)),
  ];
}

function standing(progress: Progress, look: Look): [string, string][] {
  const { waitingFor, held, endedAt, startedAt, operator } = progress;
  const rows: [string, string][] = [
    ['started', `${moment(startedAt, look)} by ${operator}, ${distance(startedAt, look.nowMs)}`],
    ['writes', `taken by ${whoWrites(progress)}`],
  ];
  if (progress.status === 'cutting-over') rows[1] = ['writes', whoWrites(progress)];
  if (held !== null) rows.push(['held at', `${held.step}: ${held.failure}: ${held.message}`]);
  if (waitingFor !== null) rows.push(['waits for', waitingFor.what], ['until', until(waitingFor.until, look)]);
  if (progress.trouble != null) rows.push(['trouble', progress.trouble]);
  if (endedAt !== null) rows.push(['ended', moment(endedAt, look)]);
  return [...rows, ...outcomeFacts(progress, look)];
}

const until = (iso: string | null, look: Look): string =>
  iso === null ? 'no limit' : `${moment(iso, look)}, ${distance(iso, look.nowMs)}`;

function next(progress: Progress, look: Look): string[] {
  const commands = nextSteps(progress);
  return commands.length === 0 ? [] : ['', ...commands.map((command) => `  ${look.paint.bold(command)}`)];
}
