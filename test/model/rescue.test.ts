import { expect, test } from 'vitest';
import type { CustodyState } from '../../model/custody.ts';
import { decideRescue, whyNotReleased, type SideCustody } from '../../model/rescue.ts';

const side = (state: CustodyState, handOver: string | null = null, fencedAtMs: number | null = null): SideCustody => ({
  state,
  handOver,
  fencedAtMs,
  before: state === 'fenced' ? 'open' : null,
  token: 1,
  deadlineMs: null,
});

test('without custody on the source there is nothing to rescue', () => {
  expect(decideRescue(null, side('closed'))).toMatchObject({ kind: 'nothing' });
});

test('a fenced source gets its writes back, whether the target answers or not', () => {
  const giveBack = { kind: 'give-back', giver: 'source', handOver: 'a' };
  expect(decideRescue(side('fenced', 'a', 1), side('closed'))).toEqual(giveBack);
  expect(decideRescue(side('fenced', 'a', 1), null)).toEqual(giveBack);
});

test('a target fenced by a rollback gets its writes back', () => {
  expect(decideRescue(side('given', 'a', 1), side('fenced', 'r', 2))).toEqual({
    kind: 'give-back',
    giver: 'target',
    handOver: 'r',
  });
});

test('a committed cutover that opened nothing is completed', () => {
  expect(decideRescue(side('given', 'a', 1), side('closed'))).toEqual({
    kind: 'complete',
    giver: 'source',
    handOver: 'a',
  });
});

test('where both sides have given, the one fenced last is the giver', () => {
  expect(decideRescue(side('given', 'a', 1), side('given', 'r', 2))).toMatchObject({ giver: 'target', handOver: 'r' });
  expect(decideRescue(side('given', 'b', 3), side('given', 'r', 2))).toMatchObject({ giver: 'source', handOver: 'b' });
});

test('where one side takes writes nothing is done', () => {
  expect(decideRescue(side('open'), side('closed'))).toEqual({ kind: 'nothing', why: 'the source takes writes' });
  expect(decideRescue(side('given', 'a', 1), side('taken', 'a'))).toEqual({
    kind: 'nothing',
    why: 'the target takes writes',
  });
  expect(decideRescue(side('closed'), null)).toMatchObject({ kind: 'nothing' });
});

test('a claim is released while no writes were handed over', () => {
  expect(whyNotReleased(side('open'), side('closed'))).toBeNull();
  expect(whyNotReleased(side('open'), null)).toBeNull();
  for (const state of ['fenced', 'given', 'closed'] as const)
    expect(whyNotReleased(side(state), side('closed'))).toContain(`the source is ${state}`);
  for (const state of ['open', 'taken', 'fenced', 'given'] as const)
    expect(whyNotReleased(side('open'), side(state))).toContain(`the target is ${state}`);
  expect(whyNotReleased(null, side('closed')), 'a release that was cut off').toBeNull();
  expect(whyNotReleased(null, null)).toContain('neither side holds custody');
});

test('a claim is released after the writes went back, and only while the target has given them to this source', () => {
  expect(whyNotReleased(side('taken', 'r'), side('given', 'r', 2))).toBeNull();
  expect(whyNotReleased(side('taken', 'r'), null), 'the source alone says that it takes writes').toBeNull();
  expect(whyNotReleased(side('taken', 'r'), side('given', 'other', 2))).toContain('another hand-over');
  for (const state of ['open', 'taken', 'fenced', 'closed'] as const)
    expect(whyNotReleased(side('taken', 'r'), side(state, 'r'))).toContain(`the target is ${state}; wanted given`);
  expect(whyNotReleased(null, side('given', 'r', 2)), 'a target that was kept').toContain('claimed by no run');
});
