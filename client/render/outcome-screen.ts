import type { Progress } from '../../model/progress.ts';
import { facts, paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { span } from '../../model/span.ts';
import { moment } from './moment.ts';
import { outcomeFacts } from './outcome-facts.ts';
import { painter, STATUS_WORDS } from './status-words.ts';
import { timeline } from './timeline.ts';
import { whoWrites } from './who-writes.ts';

/** What came of a run that has ended: how long each part took, who decided what, what was undone. */
export function outcomeScreen(progress: Progress, look: Look): string[] {
  const words = STATUS_WORDS[progress.status];
  const title = `${progress.source} → ${progress.target}, strategy ${progress.strategy}`;
  return [
    look.paint.bold(title),
    ...paragraph(`${words.mark} ${words.word}`, look.width).map((line) => painter(words, look)(line)),
    '',
    ...timeline(progress.sections, look),
    '',
    ...facts([...times(progress, look), ...outcomeFacts(progress, look), ...decisions(progress, look)], look.width),
  ];
}

function times(progress: Progress, look: Look): [string, string][] {
  const { startedAt, endedAt, operator } = progress;
  const rows: [string, string][] = [['started', `${moment(startedAt, look)} by ${operator}`]];
  if (endedAt !== null)
    rows.push(['ended', `${moment(endedAt, look)}, after ${span(Date.parse(endedAt) - Date.parse(startedAt))}`]);
  return [...rows, ['writes', `taken by ${whoWrites(progress)}`]];
}

const decisions = ({ decisions: all }: Progress, look: Look): [string, string][] =>
  all.map(({ at, message, by, accepted, reason, comment }) => [
    'decision',
    [`${message} by ${by}, ${accepted ? 'accepted' : 'refused'}`, reason, comment, moment(at, look)]
      .filter((part) => part !== null)
      .join('; '),
  ]);
