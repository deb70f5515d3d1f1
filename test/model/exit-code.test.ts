import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../model/exit-code.ts';
import { STATUSES } from '../../model/progress.ts';

describe('what the shell is told', () => {
  it.each([
    ['done', 0],
    ['refused', 3],
    ['rejected', 5],
    ['cancelled', 5],
    ['abandoned', 5],
    ['undone', 5],
    ['given-back', 5],
    ['rolled-back', 5],
    ['waiting-for-approval', 6],
    ['paused', 6],
    ['returned', 6],
    ['held', 7],
    ['rollback-blocked', 7],
  ] as const)('%s ends with %i', (status, code) => {
    expect(exitCodeOf(status)).toBe(code);
  });

  it('is 0 only where nothing went wrong and nobody is needed', () => {
    const quiet = STATUSES.filter((status) => exitCodeOf(status) === 0);
    expect(quiet).toEqual(['running', 'cutting-over', 'soaking', 'undoing', 'done']);
  });
});
