import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { STATUSES } from '../../../model/progress.ts';
import { progressScreen } from '../../../client/render/progress-screen.ts';
import { STATUS_WORDS } from '../../../client/render/status-words.ts';
import { gateOf, readiness } from '../example-gate.ts';
import type { RunView } from '../../../client/temporal/run-view.ts';
import { cutOver, look, view } from './example-progress.ts';

/** Without line breaks, so that a sentence is found wherever it was wrapped. */
const flat = (of: RunView): string => progressScreen(of, look()).join('\n').replaceAll(/\n +/g, ' ');

describe('the progress screen', () => {
  it('shows where a run stands, section by section, with the steps of the one that runs', () => {
    expect(progressScreen(view(), look()).join('\n')).toBe(
      `mindmeasure-db → mindmeasure-aurora, strategy dump
daybreak/123456789012/eu-west-2/mindmeasure-db/mindmeasure
▶ running

  ✔ done     setup          12 min 30 s
  ▶ running  data           7 min 30 s
             ✔ done: safety snapshot of mindmeasure-db, 2 min 30 s
             ▶ running: rehearse the copy, 5 min
  · pending  application
  · pending  verification
  · pending  approval
  · pending  cutover
  · pending  soak
  · pending  cleanup

  started  2026-03-22 16:40 UTC (17:40 Europe/Berlin) by carol, 20 min ago
  writes   taken by mindmeasure-db`,
    );
  });

  it.each(STATUSES)('tells the status %s by a mark and a word, without colour', (status) => {
    const { mark, word } = STATUS_WORDS[status];
    expect(progressScreen(view({ status }), look())[2]).toBe(`${mark} ${word}`);
  });

  it('gives no two statuses the same words', () => {
    expect(new Set(Object.values(STATUS_WORDS).map(({ word }) => word)).size).toBe(STATUSES.length);
  });

  it('tells of each table a copy of the live database carries, and when the rows will be there', () => {
    const table = (name: string, bytes: number) => ({
      table: `public.${name}`,
      rows: 1_234_567,
      bytes,
      ofBytes: 2 * bytes,
      etaMs: name === 'odd' ? null : 41_000,
    });
    const underWay = [table('small', 1_048_576), table('odd', 5_242_880), table('big', 1_073_741_824)];
    const live = {
      ofBytes: 8_589_934_592,
      rows: 4,
      bytesPerSecond: 54_525_952,
      etaMs: 130_000,
      remark: null,
      underWay,
    };
    const copy = { stage: 'rows', tables: 20, tablesDone: 5, bytes: 1_288_490_189, live };
    const activity = { name: 'copyLive', attempt: 1, lastFailure: null, nextAttemptAt: null, paused: false, copy };
    const lines = progressScreen(view({}, { activities: [activity] }), look({ width: 140 }));
    expect(lines.filter((line) => line.includes('tables') || line.includes('public.'))).toEqual([
      '             [######------------------] rows: 5 of 20 tables, 1.2 GB of about 8 GB, 52 MB/s, rows copied in about 2 min 10 s',
      '               public.big: 1,234,567 rows, 1 GB of about 2 GB, about 41 s left',
      '               public.odd: 1,234,567 rows, 5 MB of about 10 MB',
      '               public.small: 1,234,567 rows, 1 MB of about 2 MB, about 41 s left',
    ]);
  });

  it('counts the tables a person would not follow', () => {
    const underWay = Array.from({ length: 8 }, (_, n) => ({
      table: `t${n}`,
      rows: 1,
      bytes: 1024,
      ofBytes: 2048,
      etaMs: null,
    }));
    const live = { ofBytes: 1, rows: 1, bytesPerSecond: 0, etaMs: null, remark: null, underWay };
    const copy = { stage: 'rows', tables: 9, tablesDone: 1, bytes: 1, live };
    const activity = { name: 'copyLive', attempt: 1, lastFailure: null, nextAttemptAt: null, paused: false, copy };
    const lines = progressScreen(view({}, { activities: [activity] }), look());
    expect(lines).toContain('               and 3 more tables');
  });

  it('shows what endangers the migration', () => {
    const lines = progressScreen(view({ trouble: 'the target does not follow' }), look());
    expect(lines.join('\n')).toMatch(/trouble +the target does not follow/);
  });

  it('draws a bar from the heartbeats of a copy', () => {
    const copy = { stage: 'pg_restore', tables: 8, tablesDone: 2, bytes: 12_400_000, live: null };
    const activity = { name: 'copyDatabase', attempt: 1, lastFailure: null, nextAttemptAt: null, paused: false, copy };
    expect(progressScreen(view({}, { activities: [activity] }), look()).join('\n')).toContain(
      '             [######------------------] pg_restore: 2 of 8 tables, 11.8 MB',
    );
    const begun = { ...activity, copy: { stage: 'claim', tables: 0, tablesDone: 0, bytes: 0, live: null } };
    expect(progressScreen(view({}, { activities: [begun] }), look())).toContain('             copy: claim');
  });

  it('says what a repeated step waits for and when it is tried again', () => {
    const activity = {
      name: 'awaitCluster',
      attempt: 4,
      lastFailure: 'cluster mindmeasure-aurora is creating',
      nextAttemptAt: '2026-03-22T17:00:20Z',
      paused: false,
      copy: null,
    };
    expect(flat(view({}, { activities: [activity] }))).toContain(
      'awaitCluster, try 4, next try in 20 s: cluster mindmeasure-aurora is creating',
    );
  });

  it('says that somebody paused an activity by hand, and what lets it go on', () => {
    const activity = { name: 'cutOver', attempt: 2, lastFailure: null, nextAttemptAt: null, paused: true, copy: null };
    expect(progressScreen(view({}, { activities: [activity] }), look()).join('\n')).toContain(
      'cutOver was paused by hand: temporal activity unpause lets it go on',
    );
  });

  it('says at a gate what it waits for, until when, and who can decide with which command', () => {
    const text = flat(
      view({
        status: 'waiting-for-approval',
        gate: gateOf(readiness({ approvers: ['anna', 'carol'] })),
        waitingFor: { what: 'the approval of the cutover', until: '2026-03-22T23:30:00Z' },
      }),
    );
    expect(text).toContain('waits for  the approval of the cutover');
    expect(text).toContain('until      2026-03-22 23:30 UTC (2026-03-23 00:30 Europe/Berlin), in 6 h 30 min');
    expect(text).toContain('daybreak approve --as NAME   by anna daybreak reject');
  });

  it('says at a hold what failed and which answers there are', () => {
    const held = {
      step: 'copyDatabase',
      failure: 'CopyFailed',
      message: 'pg_restore ended with 1',
      answers: ['retry', 'undo'],
    };
    const text = progressScreen(view({ status: 'held', held }), look()).join('\n');
    expect(text).toContain('held at  copyDatabase: CopyFailed: pg_restore ended with 1');
    expect(text).toMatch(/daybreak hold retry .*\n.*daybreak hold undo/);
  });

  it('says during the soak how long the way back is open and what it costs', () => {
    const wayBack = { until: '2026-03-23T17:00:00Z', writesAtRisk: 42, trouble: null };
    const text = flat(view({ status: 'soaking', wayBack, handOvers: [cutOver] }));
    expect(text).toContain('writes     taken by mindmeasure-aurora');
    expect(text).toContain('writes stood still for 2 min 31 s; 1,234,567 rows in 7 tables');
    expect(text).toContain('⇄ The way back is open until 2026-03-23 17:00 UTC (18:00 Europe/Berlin), in 1 d;');
    expect(text).toContain('it would lose 42 row changes.');
    expect(text).toContain('daybreak rollback');
  });

  it('says what must be left alone while the way back is open, and at once when it is not safe any more', () => {
    const wayBack = { until: '2026-03-23T17:00:00Z', writesAtRisk: 0, trouble: null };
    const standing = { strategy: 'blue-green', status: 'soaking', handOvers: [cutOver] } as const;
    expect(flat(view({ ...standing, wayBack })).replaceAll('\n', ' ')).toContain(
      'and loses nothing. Code may be deployed meanwhile; the schema of mindmeasure-aurora must not change.',
    );
    const lost = flat(view({ ...standing, wayBack: { ...wayBack, trouble: 'the slot is gone' } })).replaceAll(
      '\n',
      ' ',
    );
    expect(lost).toContain('THE WAY BACK IS NOT SAFE: the slot is gone.');
    expect(lost).not.toContain('The way back is open');
  });

  it('shows the pause of each hand-over, there and back', () => {
    const back = { ...cutOver, direction: 'target-to-source', closedMs: 38 } as const;
    const text = flat(view({ status: 'returned', handOvers: [{ ...cutOver, closedMs: 41 }, back] }));
    expect(text).toContain('source → target: writes stood still for 41 ms');
    expect(text).toContain('target → source: writes stood still for 38 ms');
    expect(text).toMatch(/daybreak resume .*makes a new report/);
    expect(text).toContain('taken by mindmeasure-db');
  });

  it('names an undo that did not work', () => {
    const undo = [
      { undo: { kind: 'deleteCluster', cluster: 'c1' }, outcome: 'failed', reason: 'access denied' },
    ] as const;
    expect(progressScreen(view({ undo }), look()).join('\n')).toContain(
      'not undone  delete Aurora cluster c1: failed: access denied',
    );
  });

  it.each([
    ['PAUSED', 'temporal workflow unpause lets it go on'],
    ['TERMINATED', 'by force, and nothing was undone'],
    ['TIMED_OUT', 'by force, and nothing was undone'],
  ])('says what %s in Temporal means', (execution, words) => {
    expect(progressScreen(view({}, { execution }), look()).join(' ').replaceAll(/ +/g, ' ')).toContain(words);
  });

  it('does not claim to know how a run ended that left no answer', () => {
    const silent = view({}, { execution: 'COMPLETED', progress: null, silence: 'no worker is up' });
    const text = progressScreen(silent, look()).join(' ');
    expect(text).toContain('how it ended is not known here');
    expect(text).not.toContain('nothing was undone');
  });

  it.each([80, 40])('keeps every line within %i columns', (width) => {
    const long = { reason: `because of ${'a-very-long-word'.repeat(9)} and more`, evidence: `s3://${'x'.repeat(150)}` };
    for (const line of progressScreen(view({ status: 'given-back', ...long }), look({ width })))
      expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });

  it('says the same with and without colour', () => {
    const colored = progressScreen(view(), look({ paint: picocolors.createColors(true) })).join('\n');
    expect(stripVTControlCharacters(colored)).toBe(progressScreen(view(), look()).join('\n'));
  });
});
