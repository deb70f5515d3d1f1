import { SECTIONS, type SectionName } from './phase.ts';
import type { Progress, Section, Step } from './progress.ts';

/** How sections and steps of a {@link Progress} change. Pure: times come in as ISO strings. */

export const pendingSections = (): readonly Section[] =>
  SECTIONS.map((name) => ({ name, status: 'pending', startedAt: null, endedAt: null, steps: [] }));

const withSection = (progress: Progress, name: SectionName, change: (section: Section) => Section): Progress => ({
  ...progress,
  sections: progress.sections.map((section) => (section.name === name ? change(section) : section)),
});

/** A section that runs again, as verification does after an expired report, keeps its first beginning. */
export const beginSection = (progress: Progress, name: SectionName, at: string): Progress =>
  withSection(progress, name, (section) => ({
    ...section,
    status: 'running',
    startedAt: section.startedAt ?? at,
    endedAt: null,
  }));

export const endSection = (
  progress: Progress,
  name: SectionName,
  status: 'done' | 'failed' | 'undone' | 'skipped',
  at: string,
): Progress => withSection(progress, name, (section) => ({ ...section, status, endedAt: at }));

/** Adds the step, or puts it in the place of an earlier try of the same one. */
export const putStep = (progress: Progress, name: SectionName, step: Step): Progress =>
  withSection(progress, name, (section) => {
    const isSame = (other: Step): boolean => other.name === step.name && other.label === step.label;
    if (!section.steps.some(isSame)) return { ...section, steps: [...section.steps, step] };
    return { ...section, steps: section.steps.map((other) => (isSame(other) ? step : other)) };
  });

/** The timeline of a run that was undone: what had begun is undone, what had not never will. */
export const undoneSections = (progress: Progress, from: SectionName, at: string): Progress => ({
  ...progress,
  sections: progress.sections.map((section) => {
    if (section.status === 'pending') return { ...section, status: 'skipped' };
    if (SECTIONS.indexOf(section.name) < SECTIONS.indexOf(from)) return section;
    return { ...section, status: 'undone', endedAt: section.endedAt ?? at };
  }),
});

/** The timeline of a run whose target gave the writes back and follows again: what comes after the copy may come once more. */
export const returnedSections = (progress: Progress, at: string): Progress => ({
  ...progress,
  sections: progress.sections.map((section) => {
    const isAgain = SECTIONS.indexOf(section.name) >= SECTIONS.indexOf('approval') && section.status !== 'pending';
    return isAgain ? { ...section, status: 'undone', endedAt: section.endedAt ?? at } : section;
  }),
});

/** The timeline of a run that found blockers: it only looked. */
export const refusedSections = (progress: Progress, at: string): Progress => ({
  ...progress,
  sections: progress.sections.map((section) =>
    section.name === 'setup' ? { ...section, status: 'failed', endedAt: at } : { ...section, status: 'skipped' },
  ),
});
