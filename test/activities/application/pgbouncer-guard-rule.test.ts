import { describe, expect, test } from 'vitest';
import { deedFor, stageOf, type HandOverSeen } from '../../../activities/application/pgbouncer-guard-rule.ts';
import { newCustody, type Custody } from '../../../model/custody.ts';

const NOW = 1_000_000;
const fenced: Custody = { state: 'fenced', before: 'open', token: 7, handOver: 'h', deadlineMs: NOW + 5_000 };
const seen = (change: Partial<HandOverSeen>): HandOverSeen => ({
  handOver: 'h',
  giver: newCustody('open'),
  taker: newCustody('closed'),
  giverNowMs: NOW,
  ...change,
});

describe('the stage of a hand-over', () => {
  test.each([
    ['before', 'nothing was fenced', {}],
    ['before', 'an earlier hand-over was given back', { giver: { ...newCustody('open'), handOver: 'earlier' } }],
    ['inside', 'its fence stands', { giver: fenced }],
    ['inside', 'it was given and not taken', { giver: { ...fenced, state: 'given', deadlineMs: null } }],
    ['given-back', 'the giver has its writes again', { giver: { ...fenced, state: 'open', deadlineMs: null } }],
    ['given-back', 'its deadline is over', { giver: fenced, giverNowMs: NOW + 5_000 }],
    ['opened', 'the taker has taken', { taker: { ...newCustody('closed'), state: 'taken', handOver: 'h' } }],
    ['opened', 'the taker has taken and the giver is gone', { giver: null, taker: { ...fenced, state: 'taken' } }],
    ['unknown', 'the giver cannot be read', { giver: null, giverNowMs: null }],
    ['over', 'another one has the fence', { giver: { ...fenced, handOver: 'later' } }],
  ] satisfies [string, string, Partial<HandOverSeen>][])('is %s where %s', (stage, _, change) => {
    expect(stageOf(seen(change))).toBe(stage);
  });
});

describe('a paused pool', () => {
  test.each([
    ['opened', 0, 'resume'],
    ['given-back', 0, 'point-to-giver-and-resume'],
    ['before', 20_000, 'wait'],
    ['before', 20_001, 'resume'],
    ['inside', 60_000, 'wait'],
    ['inside', 60_001, 'resume'],
    ['unknown', 60_000, 'wait'],
    ['unknown', 60_001, 'resume'],
    ['over', 1e9, 'wait'],
  ] as const)('at the stage %s, after %d ms: %s', (stage, pausedMs, deed) => {
    expect(deedFor(stage, pausedMs, 60_000)).toBe(deed);
  });

  test('waits for its fence no longer than writes may stop', () => {
    expect(deedFor('before', 3_001, 3_000)).toBe('resume');
  });
});
