import { expect, test } from 'vitest';
import { fence, give, isSourcesRow, newCustody, take, type Custody } from '../../model/custody.ts';

const deed = (result: ReturnType<typeof fence>): Custody => {
  if ('refused' in result) throw new Error(result.refused);
  return result.custody;
};
const by = { token: 0, handOver: 'a', deadlineMs: 1_000 };

test('what a copy of the source’s files can carry before a commit is told from custody of the target’s own', () => {
  const open = newCustody('open');
  const fenced = deed(fence(open, by));
  expect([open, fenced].map(isSourcesRow)).toEqual([true, true]);
  const taken = deed(take(newCustody('closed'), by));
  const fencedForTheWayBack = deed(fence(taken, { ...by, handOver: 'b' }));
  const given = deed(give(fencedForTheWayBack, { token: 0, nowMs: 0 }));
  expect([newCustody('closed'), taken, fencedForTheWayBack, given].map(isSourcesRow)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
