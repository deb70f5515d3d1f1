import type { Section, Step } from '../../model/progress.ts';
import { pad, paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { span } from '../../model/span.ts';
import { painter, SECTION_WORDS, STEP_WORDS } from './status-words.ts';

/** How much room a timeline may take. */
export interface Room {
  /** Steps of a section that runs or failed, the last ones. */
  readonly steps: number;
  /** Sections that have not begun share one line. */
  readonly compact: boolean;
}

export const AMPLE: Room = { steps: 5, compact: false };

/** The sections with how long each took. `now`: what is known of the step that runs, shown below it. */
export function timeline(
  sections: readonly Section[],
  look: Look,
  room = AMPLE,
  now: readonly string[] = [],
): string[] {
  const begun = sections.filter(({ status }) => !room.compact || status !== 'pending');
  const lines = begun.flatMap((section) => {
    const open = section.status === 'running' || section.status === 'failed';
    const shown = open && room.steps > 0 ? section.steps.slice(-room.steps) : [];
    return [
      ...sectionLines(section.name, section, look),
      ...shown.flatMap((step) => stepLines(step, look)),
      ...(section.status === 'running' ? now : []),
    ];
  });
  const [pending, ...more] = sections.filter((section) => !begun.includes(section));
  if (pending !== undefined)
    lines.push(...sectionLines([pending, ...more].map(({ name }) => name).join(', '), pending, look));
  // While a run undoes, no section runs, yet activities do.
  return sections.some(({ status }) => status === 'running') ? lines : [...lines, ...now];
}

function sectionLines(name: string, section: Section, look: Look): string[] {
  const words = SECTION_WORDS[section.status];
  const state = painter(words, look)(pad(`${words.mark} ${words.word}`, 10));
  return paragraph(`${pad(name, 14)} ${took(section, look)}`.trimEnd(), look.width, 13).map((line, index) =>
    index === 0 ? `  ${state} ${line.trimStart()}` : line,
  );
}

function stepLines(step: Step, look: Look): string[] {
  const words = STEP_WORDS[step.status];
  const detail = step.detail === null ? '' : ` (${step.detail})`;
  const lines = paragraph(`${words.mark} ${words.word}: ${step.label}${detail}, ${took(step, look)}`, look.width, 13);
  return lines.map((line) => painter(words, look)(line));
}

function took({ startedAt, endedAt }: Pick<Section, 'startedAt' | 'endedAt'>, { nowMs }: Look): string {
  if (startedAt === null) return '';
  return span(Math.max(0, (endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt)));
}
