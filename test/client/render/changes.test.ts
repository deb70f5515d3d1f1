import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../../client/render/changes.ts';
import { cutOver, look, progress, view } from './example-progress.ts';

const texts = (
  ...[before, after]: Parameters<typeof changesBetween> extends [infer A, infer B, unknown] ? [A, B] : never
) => changesBetween(before, after, look()).map(({ text }) => text);

describe('the lines of a log', () => {
  it('tell a run seen for the first time from its beginning, each with the time it happened', () => {
    expect(changesBetween(null, view(), look())).toEqual([
      { at: '2026-03-22T16:40:00Z', text: '▶ setup begins' },
      { at: '2026-03-22T16:52:30Z', text: '✔ setup done in 12 min 30 s' },
      { at: '2026-03-22T16:52:30Z', text: '▶ data begins' },
      { at: '2026-03-22T16:52:30Z', text: '▶ data: safety snapshot of mindmeasure-db' },
      { at: '2026-03-22T16:55:00Z', text: '✔ data: safety snapshot of mindmeasure-db done in 2 min 30 s' },
      { at: '2026-03-22T16:55:00Z', text: '▶ data: rehearse the copy' },
      { at: null, text: '▶ running' },
    ]);
  });

  it('tell nothing when nothing changed', () => {
    expect(texts(view(), view())).toEqual([]);
  });

  it('tell that a run goes on after a pause, though it ran before', () => {
    expect(texts(view(), view({ status: 'paused' }))).toEqual(['‖ paused']);
    expect(texts(view({ status: 'paused' }), view())).toEqual(['▶ running']);
  });

  it('tell refused decisions with their reason', () => {
    const at = '2026-03-22T16:59:00Z';
    const decision = {
      at,
      message: 'approveCutover',
      by: 'mallory',
      accepted: false,
      reason: 'not an approver',
      comment: null,
    };
    expect(texts(view(), view({ decisions: [decision] }))).toEqual([
      '✖ refused: approveCutover by mallory: not an approver',
    ]);
  });

  it('tell a copy by its tables, not by its bytes', () => {
    const copying = (tablesDone: number, bytes: number) => {
      const copy = { stage: 'pg_dump', tables: 7, tablesDone, bytes, live: null };
      const of = { name: 'copyDatabase', attempt: 1, lastFailure: null, nextAttemptAt: null, paused: false, copy };
      return view({}, { activities: [of] });
    };
    expect(texts(copying(1, 100), copying(1, 200))).toEqual([]);
    expect(texts(copying(1, 200), copying(2, 300))).toEqual(['pg_dump: 2 of 7 tables']);
    expect(texts(view(), copying(0, 0)), 'no table yet').toEqual(['copy: pg_dump']);
  });

  it('tell what is waited for, what was handed over, what was undone and what was found', () => {
    const after = progress({
      status: 'given-back',
      waitingFor: { what: 'the window of the plan', until: '2026-03-22T22:00:00Z' },
      handOvers: [cutOver],
      undo: [{ undo: { kind: 'releaseSource' }, outcome: 'undone' }],
      findings: [{ level: 'warning', check: 'no-pooler', message: 'no pooler' }],
    });
    expect(texts(view(), view(after))).toEqual([
      'warning no-pooler: no pooler',
      '↶ undo: release the source: undone',
      'waits for the window of the plan, until 2026-03-22 22:00 UTC (23:00 Europe/Berlin)',
      '✖ cutover given back and undone: the source takes writes',
      expect.stringContaining('hand-over: source → target: writes stood still for 2 min 31 s'),
    ]);
  });

  it('tell of a way back without a copy that no row was compared', () => {
    const back = { ...cutOver, direction: 'target-to-source' as const, tables: 0, rowsVerified: 0, writesLost: 42 };
    expect(texts(view(), view({ handOvers: [back] }))).toEqual([
      'hand-over: target → source: writes stood still for 2 min 31 s; no row was copied back, the rows are those from before the cutover; 42 row changes lost',
    ]);
  });

  it('tell of a hand-over that was completed after its attempt broke, and of what broke it', () => {
    const handOvers = [{ ...cutOver, completedAfter: 'connection reset' }];
    expect(texts(view(), view({ handOvers }))).toContainEqual(
      expect.stringMatching(/; committed, then completed after: connection reset$/),
    );
  });

  it('tell of a hand-over of followed rows that the last of them were verified behind the fence', () => {
    const handOvers = [{ ...cutOver, tables: 6, rowsVerified: 12, writesLost: 0 }];
    expect(texts(view(), view({ strategy: 'blue-green', handOvers }))).toContainEqual(
      expect.stringContaining('the 12 rows changed last in 6 tables verified; 0 row changes lost'),
    );
  });
});
