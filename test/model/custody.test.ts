import { describe, expect, test } from 'vitest';
import * as custody from '../../model/custody.ts';
import { explore, type AttemptPlan, type Machine } from './interleavings.ts';

const forward = (handOver: string): AttemptPlan => ({ handOver, giver: 'source' });
const back = (handOver: string): AttemptPlan => ({ handOver, giver: 'target' });

/** Three attempts: retries of one hand-over, a new approval after a reset, a rollback, and forward again. */
const TRIOS: Record<string, readonly AttemptPlan[]> = {
  'three attempts at one cutover': [forward('a'), forward('a'), forward('a')],
  'a new approval after two attempts': [forward('a'), forward('a'), forward('b')],
  'two new approvals': [forward('a'), forward('b'), forward('c')],
  'a rollback beside two attempts at the cutover': [forward('a'), forward('a'), back('r')],
  'two attempts at a rollback': [forward('a'), back('r'), back('r')],
  'forward, back and forward again': [forward('a'), back('r'), forward('b')],
};

/** The same machine, but every deed believes its attempt still holds custody. */
const withoutTokenCheck: Machine = {
  ...custody,
  raise: (held, token) => ({ custody: { ...held, token } }),
  fence: (held, by) => custody.fence(held, { ...by, token: held.token }),
  give: (held, by) => custody.give(held, { ...by, token: held.token }),
  take: (held, by) => custody.take(held, { ...by, token: held.token }),
  giveBack: (held) => custody.giveBack(held, { token: held.token }),
};

describe('however attempts are interleaved, killed, frozen and thawed', () => {
  test.each(Object.entries(TRIOS))('%s: never two sides take writes', (_, plans) => {
    const outcome = explore(plans, custody);
    expect(outcome.twoWriters).toBeNull();
    expect(outcome.targetWrote, 'some path reaches the commit').toBe(true);
  });

  test('a rollback really brings writes back to the source on some path', () => {
    expect(explore([forward('a'), back('r'), back('r')], custody).sourceWroteAfterGiving).toBe(true);
  });

  test('without the token check both sides would take writes', () => {
    expect(explore([forward('a'), forward('a'), back('r')], withoutTokenCheck).twoWriters).not.toBeNull();
  });

  test('without the deadline in the commit, the reopening by the server would still be ordered by the row', () => {
    const ignoresDeadline: Machine = {
      ...custody,
      give: (held, by) => custody.give(held, { ...by, nowMs: Number.NEGATIVE_INFINITY }),
    };
    expect(explore([forward('a'), forward('a'), back('r')], ignoresDeadline).twoWriters).toBeNull();
  });
});

describe('the custody machine', () => {
  const open = custody.newCustody('open');
  const fenced = (): custody.Custody => {
    const deed = custody.fence({ ...open, token: 5 }, { token: 5, handOver: 'a', deadlineMs: 100 });
    if ('refused' in deed) throw new Error(deed.refused);
    return deed.custody;
  };

  test('refuses a lower token than the one that claimed the side', () => {
    expect(custody.raise({ ...open, token: 7 }, 6)).toEqual({ refused: 'token-outdated' });
  });

  test('refuses a commit once the deadline has come', () => {
    expect(custody.give(fenced(), { token: 5, nowMs: 100 })).toEqual({ refused: 'past-deadline' });
    expect(custody.give(fenced(), { token: 5, nowMs: 99 })).toMatchObject({ custody: { state: 'given' } });
  });

  test('refuses to fence again for a hand-over that was given back', () => {
    const deed = custody.giveBack(fenced(), { token: 5 });
    if ('refused' in deed) throw new Error(deed.refused);
    expect(deed.custody.state).toBe('open');
    expect(custody.fence(deed.custody, { token: 5, handOver: 'a', deadlineMs: 200 })).toEqual({
      refused: 'already-given-back',
    });
    expect(custody.resumeFrom(deed.custody, 'a')).toBe('already-given-back');
  });

  test('reopens by itself only past the deadline, and only while fenced', () => {
    expect(custody.reopenPastDeadline(fenced(), 99)).toEqual({ refused: 'not-fenced' });
    expect(custody.reopenPastDeadline(fenced(), 100)).toMatchObject({ custody: { state: 'open' } });
    expect(custody.reopenPastDeadline({ ...fenced(), state: 'given' }, 100)).toEqual({ refused: 'not-fenced' });
  });

  test('gives writes back to the state they were taken from, so that a failed rollback leaves the target writing', () => {
    const taken: custody.Custody = { ...open, state: 'taken', token: 1, handOver: 'a' };
    const deed = custody.fence(taken, { token: 1, handOver: 'r', deadlineMs: 10 });
    if ('refused' in deed) throw new Error(deed.refused);
    expect(custody.giveBack(deed.custody, { token: 1 })).toMatchObject({ custody: { state: 'taken' } });
  });

  test('opens the taking side once, and answers the same when asked again', () => {
    const closed = { ...custody.newCustody('closed'), token: 3 };
    const deed = custody.take(closed, { token: 3, handOver: 'a' });
    if ('refused' in deed) throw new Error(deed.refused);
    expect(custody.take(deed.custody, { token: 3, handOver: 'a' })).toEqual(deed);
    expect(custody.take(deed.custody, { token: 3, handOver: 'b' })).toEqual({ refused: 'not-takeable' });
  });
});
