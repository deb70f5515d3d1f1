import { describe, expect, it } from 'vitest';
import type { Progress, Section, Step } from '../../model/progress.ts';
import {
  beginSection,
  endSection,
  pendingSections,
  putStep,
  refusedSections,
  undoneSections,
} from '../../model/steps.ts';

const AT = ['2026-11-22T10:00:00.000Z', '2026-11-22T11:00:00.000Z', '2026-11-22T12:00:00.000Z'] as const;
const progress = { sections: pendingSections() } as Progress;
const step: Step = {
  name: 'verifyCopy',
  label: 'compare',
  status: 'running',
  startedAt: AT[0],
  endedAt: null,
  detail: null,
};
const sectionOf = ({ sections }: Progress, name: Section['name']): Section | undefined =>
  sections.find((one) => one.name === name);
const statuses = ({ sections }: Progress): readonly string[] => sections.map(({ status }) => status);

describe('a section of the timeline', () => {
  it('that runs again keeps its first beginning and loses its end', () => {
    const ended = endSection(beginSection(progress, 'verification', AT[0]), 'verification', 'done', AT[1]);
    expect(sectionOf(beginSection(ended, 'verification', AT[2]), 'verification')).toMatchObject({
      status: 'running',
      startedAt: AT[0],
      endedAt: null,
    });
  });

  it('shows one line a step, however often it was tried', () => {
    const failed = putStep(progress, 'verification', {
      ...step,
      status: 'failed',
      endedAt: AT[1],
      detail: 'it differs',
    });
    const again = putStep(failed, 'verification', { ...step, startedAt: AT[1] });
    const other = putStep(again, 'verification', { ...step, label: 'compare once more' });
    expect(sectionOf(other, 'verification')?.steps.map(({ label, status }) => `${label} ${status}`)).toEqual([
      'compare running',
      'compare once more running',
    ]);
  });
});

describe('the timeline of a run that ended early', () => {
  const begun = beginSection(endSection(beginSection(progress, 'setup', AT[0]), 'setup', 'done', AT[1]), 'data', AT[1]);

  it('undone: what had begun is undone, what had not is skipped', () => {
    const undone = undoneSections(begun, 'setup', AT[2]);
    expect(statuses(undone)).toEqual(['undone', 'undone', ...Array.from({ length: 6 }, () => 'skipped')]);
    expect(sectionOf(undone, 'data')?.endedAt).toBe(AT[2]);
    expect(sectionOf(undone, 'setup')?.endedAt).toBe(AT[1]);
  });

  it('rolled back: what came before the cutover stays as it was done', () => {
    const committed = endSection(beginSection(begun, 'cutover', AT[1]), 'cutover', 'done', AT[1]);
    expect(statuses(undoneSections(committed, 'cutover', AT[2])).slice(0, 6)).toEqual([
      'done',
      'running',
      'skipped',
      'skipped',
      'skipped',
      'undone',
    ]);
  });

  it('refused: setup failed and the rest never came', () => {
    expect(statuses(refusedSections(beginSection(progress, 'setup', AT[0]), AT[1]))).toEqual([
      'failed',
      ...Array.from({ length: 7 }, () => 'skipped'),
    ]);
  });
});
