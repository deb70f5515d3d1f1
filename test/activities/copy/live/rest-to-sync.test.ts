import { describe, expect, test } from 'vitest';
import { restToSync, type Loss } from '../../../../activities/copy/live/rest-to-sync.ts';

const [big, middle, small] = [{ name: 'big' }, { name: 'middle' }, { name: 'small' }] as const;
const open = (...names: string[]) => names.map((name) => ({ name, rowSecurity: false }));

/** The biggest was copied, the others were not. */
const loss: Loss<{ readonly name: string }> = {
  tables: [big, middle, small],
  isDone: ({ name }) => name === 'big',
  published: open('big', 'middle', 'small'),
  altered: new Set(),
};

describe('when a snapshot is lost', () => {
  test('the tables that are not done are left to sync', () => {
    expect(restToSync(loss)).toEqual([middle, small]);
  });

  test('nothing is left where all rows were copied', () => {
    expect(restToSync({ ...loss, isDone: () => true })).toEqual([]);
  });

  test.each<[string, Partial<typeof loss>]>([
    ['nothing is done yet', { isDone: () => false }],
    ['a table that is left is not published', { published: open('big', 'small') }],
    ['a table the target does not have is published', { published: open('big', 'middle', 'small', 'new') }],
    [
      'policies would hide rows of a table that is left',
      { published: [...open('big', 'middle'), { name: 'small', rowSecurity: true }] },
    ],
    ['a table that is left was altered', { altered: new Set(['middle']) }],
  ])('the copy begins anew: %s', (_, change) => {
    expect(restToSync({ ...loss, ...change })).toBeNull();
  });

  test('policies of a table that was copied hinder nobody', () => {
    const published = [{ name: 'big', rowSecurity: true }, ...open('middle', 'small')];
    expect(restToSync({ ...loss, published })).toEqual([middle, small]);
  });
});
