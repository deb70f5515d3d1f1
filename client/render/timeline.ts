import type { Section, Step } from '../../model/progress.ts';
import { pad, paragraph } from './columns.ts';
import type { Look } from './look.ts';
import { span } from './moment.ts';
import { painter, SECTION_WORDS, STEP_WORDS } from './status-words.ts';

/** The sections with how long each took; steps of those that run or failed, the last `steps` of them. */
export function timeline(sections: readonly Section[], look: Look, steps: number): string[] {
  return sections.flatMap((section) => {
    const open = section.status === 'running' || section.status === 'failed';
    const shown = open ? section.steps.slice(-steps) : [];
    return [sectionLine(section, look), ...shown.flatMap((step) => stepLines(step, look))];
  });
}

function sectionLine(section: Section, look: Look): string {
  const words = SECTION_WORDS[section.status];
  const state = painter(words, look)(pad(`${words.mark} ${words.word}`, 10));
  return `  ${state} ${pad(section.name, 14)} ${took(section, look)}`.trimEnd();
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
