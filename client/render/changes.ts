import type { Progress, Section, Step } from '../../model/progress.ts';
import { outcomeFacts } from './outcome-facts.ts';
import { copyWords } from '../../model/copy-words.ts';
import type { Look } from './look.ts';
import { span } from '../../model/span.ts';
import { moment } from './moment.ts';
import { labelOf } from '../../model/undo.ts';
import { SECTION_WORDS, STATUS_WORDS, STEP_WORDS } from './status-words.ts';
import type { RunView } from '../temporal/run-view.ts';

/** One line of a log: when it happened, as the run says, or null for "now". */
export interface Change {
  readonly at: string | null;
  readonly text: string;
}

/** What is new in `after`, in the order it happened; everything, if there is no `before`. */
export function changesBetween(before: RunView | null, after: RunView, look: Look): Change[] {
  const said = new Set(before === null ? [] : allChanges(before, look).map(({ text }) => text));
  const fresh = allChanges(after, look).filter(({ text }) => !said.has(text));
  const time = ({ at }: Change): number => (at === null ? look.nowMs : Date.parse(at));
  return fresh.toSorted((one, other) => time(one) - time(other));
}

/** Everything a state says; a sentence that was not there before is a change. */
function allChanges({ progress, silence, activities }: RunView, look: Look): Change[] {
  if (progress === null) return silence === null ? [] : [{ at: null, text: `! no answer from the run: ${silence}` }];
  return [
    ...progress.sections.flatMap((section) => sectionChanges(section)),
    ...progress.decisions.map(({ at, message, by, accepted, reason, comment }) => ({
      at,
      text: `${accepted ? '✔ accepted' : '✖ refused'}: ${message} by ${by}${quoted(reason)}${quoted(comment)}`,
    })),
    ...progress.findings.map(({ level, check, message }) => ({ at: null, text: `${level} ${check}: ${message}` })),
    // Without the bytes, which change with every heartbeat: a log wants a line a table.
    ...activities.flatMap(({ copy }) => (copy === null ? [] : [{ at: null, text: copyWords(copy) }])),
    ...progress.undo.map(({ undo, outcome, reason }) => ({
      at: null,
      text: `↶ undo: ${labelOf(undo)}: ${outcome}${quoted(reason ?? null)}`,
    })),
    ...standing(progress, look),
  ];
}

const quoted = (text: string | null): string => (text === null || text === '' ? '' : `: ${text}`);

function sectionChanges(section: Section): Change[] {
  const { name, status, startedAt, endedAt, steps } = section;
  const { mark, word } = SECTION_WORDS[status];
  const begun = startedAt === null ? [] : [{ at: startedAt, text: `${SECTION_WORDS.running.mark} ${name} begins` }];
  const ended = endedAt === null ? [] : [{ at: endedAt, text: `${mark} ${name} ${word}${length(section)}` }];
  return [...begun, ...steps.flatMap((step) => stepChanges(name, step)), ...ended];
}

function stepChanges(section: string, step: Step): Change[] {
  const { label, status, startedAt, endedAt, detail } = step;
  const { mark, word } = STEP_WORDS[status];
  const begun = { at: startedAt, text: `${STEP_WORDS.running.mark} ${section}: ${label}` };
  if (endedAt === null) return [begun];
  return [begun, { at: endedAt, text: `${mark} ${section}: ${label} ${word}${length(step)}${quoted(detail)}` }];
}

const length = ({ startedAt, endedAt }: Pick<Section, 'startedAt' | 'endedAt'>): string =>
  startedAt === null || endedAt === null ? '' : ` in ${span(Date.parse(endedAt) - Date.parse(startedAt))}`;

function standing(progress: Progress, look: Look): Change[] {
  const { status, waitingFor, held, endedAt } = progress;
  const { mark, word } = STATUS_WORDS[status];
  const lines: Change[] = [];
  if (held !== null) lines.push({ at: null, text: `! held at ${held.step}: ${held.failure}: ${held.message}` });
  if (waitingFor !== null) {
    const until = waitingFor.until === null ? '' : `, until ${moment(waitingFor.until, look)}`;
    lines.push({ at: null, text: `waits for ${waitingFor.what}${until}` });
  }
  if (progress.trouble != null) lines.push({ at: null, text: `! trouble: ${progress.trouble}` });
  lines.push({ at: endedAt, text: `${mark} ${word}` }, ...ofWayBack(progress, look));
  return [...lines, ...outcomes(progress, look)];
}

/** Without its distance, which changes by the minute and is no event. */
function ofWayBack({ wayBack }: Progress, look: Look): Change[] {
  if (wayBack === null) return [];
  const { until, trouble } = wayBack;
  const text = trouble === null ? `⇄ the way back is open until ${moment(until, look)}` : `! the way back: ${trouble}`;
  return [{ at: null, text }];
}

const outcomes = (progress: Progress, look: Look): Change[] =>
  outcomeFacts(progress, look)
    .filter(([label]) => label !== 'not undone')
    .map(([label, text]) => ({ at: progress.endedAt, text: `${label}: ${text}` }));
