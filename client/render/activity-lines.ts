import type { CopyProgress } from '../../model/copy-progress.ts';
import { copySummary, tableLines } from '../../model/copy-words.ts';
import type { PendingActivity } from '../temporal/run-view.ts';
import { paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { distance } from './moment.ts';

const BAR = 24;
/** Below the steps of the timeline. */
const INDENT = 13;

/** What unfinished activities say for themselves: a bar for a copy, the awaited status, the next try. */
export function activityLines(activities: readonly PendingActivity[], look: Look): string[] {
  return activities.flatMap((activity) => [
    ...(activity.copy === null ? [] : copyLines(activity.copy, look)),
    ...trouble(activity, look),
  ]);
}

function copyLines(copy: CopyProgress, look: Look): string[] {
  const tables = copy.live === null ? [] : tableLines(copy.live);
  return [
    ...paragraph(copyBar(copy, look), look.width, INDENT),
    ...tables.flatMap((line) => paragraph(line, look.width, INDENT + 2)),
  ];
}

function copyBar(copy: CopyProgress, { paint }: Look): string {
  const { tables, tablesDone } = copy;
  const full = tables > 0 ? Math.round((Math.min(tablesDone, tables) / tables) * BAR) : 0;
  const bar = paint.cyan(`[${'#'.repeat(full)}${'-'.repeat(BAR - full)}] `);
  return `${tablesDone === 0 ? '' : bar}${copySummary(copy)}`;
}

function trouble({ name, attempt, lastFailure, nextAttemptAt, paused }: PendingActivity, look: Look): string[] {
  if (paused)
    return paragraph(`${name} was paused by hand: temporal activity unpause lets it go on`, look.width, INDENT);
  if (attempt <= 1 || lastFailure === null) return [];
  const soon = nextAttemptAt === null || Date.parse(nextAttemptAt) - look.nowMs < 1_000;
  const next = soon ? 'trying now' : `next try ${distance(nextAttemptAt, look.nowMs)}`;
  return paragraph(`${name}, try ${attempt}, ${next}: ${lastFailure}`, look.width, INDENT);
}
