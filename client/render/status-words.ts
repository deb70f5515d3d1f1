import type { Formatter } from 'picocolors/types.js';
import type { Section, Status, Step } from '../../model/progress.ts';
import type { Look } from './look.ts';

/** State is never told by colour alone: each has a mark and a word. */
export interface Words {
  readonly mark: string;
  readonly word: string;
  readonly tone: 'good' | 'busy' | 'person' | 'bad' | 'quiet';
}

export const STATUS_WORDS: Readonly<Record<Status, Words>> = {
  running: { mark: '▶', word: 'running', tone: 'busy' },
  paused: { mark: '‖', word: 'paused', tone: 'person' },
  'waiting-for-approval': { mark: '?', word: 'waiting for approval', tone: 'person' },
  held: { mark: '!', word: 'held: a step failed and waits for an answer', tone: 'person' },
  'cutting-over': { mark: '»', word: 'cutting over: writes stand still', tone: 'busy' },
  soaking: { mark: '~', word: 'soaking: the target takes writes, the way back is open', tone: 'busy' },
  returned: { mark: '‖', word: 'returned: the source takes writes, the target follows it', tone: 'person' },
  undoing: { mark: '↶', word: 'undoing', tone: 'busy' },
  'rollback-blocked': { mark: '!', word: 'undo blocked: waits for an answer', tone: 'bad' },
  done: { mark: '✔', word: 'done', tone: 'good' },
  refused: { mark: '✖', word: 'refused: blockers, nothing was made', tone: 'bad' },
  rejected: { mark: '✖', word: 'rejected and undone', tone: 'bad' },
  cancelled: { mark: '✖', word: 'cancelled and undone', tone: 'bad' },
  abandoned: { mark: '✖', word: 'abandoned and undone: nobody answered in time', tone: 'bad' },
  undone: { mark: '✖', word: 'failed and undone', tone: 'bad' },
  'given-back': { mark: '✖', word: 'cutover given back and undone: the source takes writes', tone: 'bad' },
  'rolled-back': { mark: '✖', word: 'rolled back: the source takes writes', tone: 'bad' },
};

export const SECTION_WORDS: Readonly<Record<Section['status'], Words>> = {
  pending: { mark: '·', word: 'pending', tone: 'quiet' },
  running: { mark: '▶', word: 'running', tone: 'busy' },
  done: { mark: '✔', word: 'done', tone: 'good' },
  failed: { mark: '✖', word: 'failed', tone: 'bad' },
  undone: { mark: '↶', word: 'undone', tone: 'person' },
  skipped: { mark: '-', word: 'skipped', tone: 'quiet' },
};

export const STEP_WORDS: Readonly<Record<Step['status'], Words>> = {
  running: SECTION_WORDS.running,
  done: SECTION_WORDS.done,
  failed: SECTION_WORDS.failed,
};

export function painter({ tone }: Words, { paint }: Pick<Look, 'paint'>): Formatter {
  const painters: Record<Words['tone'], Formatter> = {
    good: paint.green,
    busy: paint.cyan,
    person: paint.yellow,
    bad: paint.red,
    quiet: paint.dim,
  };
  return painters[tone];
}
