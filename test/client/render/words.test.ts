import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { complaintLines } from '../../../client/render/complaint-lines.ts';
import { facts, paragraph } from '../../../client/render/columns.ts';
import { span } from '../../../model/span.ts';
import { distance, moment } from '../../../client/render/moment.ts';
import { rollbackScreen } from '../../../client/render/rollback-screen.ts';
import { whoWrites } from '../../../client/render/who-writes.ts';
import { cutOver, look, progress } from './example-progress.ts';

describe('times', () => {
  it.each([
    [350, '350 ms'],
    [41_000, '41 s'],
    [59_700, '1 min'],
    [150_000, '2 min 30 s'],
    [3_600_000, '1 h'],
    [97_200_000, '1 d 3 h'],
  ])('%i ms are %s', (ms, words) => {
    expect(span(ms)).toBe(words);
  });

  it('are given in UTC and, where it differs, in the reader’s own zone with its own day', () => {
    expect(moment('2026-03-22T18:00:00Z', { zone: 'UTC' })).toBe('2026-03-22 18:00 UTC');
    expect(moment('2026-03-22T18:00:00Z', { zone: 'Europe/Berlin' })).toBe(
      '2026-03-22 18:00 UTC (19:00 Europe/Berlin)',
    );
    expect(moment('2026-03-22T18:00:00Z', { zone: 'Asia/Tokyo' })).toBe(
      '2026-03-22 18:00 UTC (2026-03-23 03:00 Asia/Tokyo)',
    );
  });

  it('are near or far, past or to come', () => {
    const now = Date.parse('2026-03-22T18:00:00Z');
    expect(distance('2026-03-22T18:03:00Z', now)).toBe('in 3 min');
    expect(distance('2026-03-22T17:00:00Z', now)).toBe('1 h ago');
    expect(distance('2026-03-22T18:00:00.400Z', now)).toBe('just now');
  });
});

describe('wrapped text', () => {
  it('breaks a word longer than the line and loses no letter of it', () => {
    const arn = `arn:aws:kms:eu-west-2:123456789012:key/${'0123456789'.repeat(8)}`;
    expect(
      facts([['key', arn]], 60)
        .join('')
        .replaceAll(/ +|key {2}/g, ''),
    ).toBe(arn);
    expect(
      paragraph(arn, 40, 4)
        .map((line) => line.trim())
        .join(''),
    ).toBe(arn);
  });
});

describe('an error', () => {
  it('says what, found, wanted and remedy, and ends with how things stand', () => {
    const complaint = {
      what: 'no gate is open',
      found: 'running',
      wanted: 'a gate',
      remedy: 'wait',
      ending: 'nothing changed',
      exitCode: 3,
    } as const;
    expect(complaintLines(complaint, look())).toEqual([
      '✖ no gate is open',
      '  found   running',
      '  wanted  a gate',
      '  remedy  wait',
      'nothing changed',
    ]);
    expect(complaintLines(complaint, look({ paint: picocolors.createColors(true) }))[0]).toContain('\u001B[31m');
  });
});

describe('who takes the writes', () => {
  it.each([
    [progress(), 'mindmeasure-db'],
    [progress({ status: 'cutting-over' }), 'nobody for the moment: clients wait or are refused'],
    [progress({ status: 'soaking', handOvers: [cutOver] }), 'mindmeasure-aurora'],
    [
      progress({ status: 'rolled-back', handOvers: [cutOver, { ...cutOver, direction: 'target-to-source' }] }),
      'mindmeasure-db',
    ],
  ])('%#: is said from the hand-overs', (of, words) => {
    expect(whoWrites(of)).toBe(words);
  });

  it('is the source, given back first of all, when a cutover failed', () => {
    const sections = progress().sections.map((section) =>
      section.name === 'cutover' ? { ...section, status: 'failed' as const } : section,
    );
    expect(whoWrites(progress({ status: 'undoing', sections }))).toBe('mindmeasure-db, given back first of all');
  });
});

describe('before a rollback', () => {
  const screen = (change: Parameters<typeof progress>[0]): string => rollbackScreen(progress(change), look()).join(' ');

  it('nothing is lost as long as the target has not taken writes', () => {
    expect(screen({})).toContain('nothing is lost');
  });

  it('nothing is lost where the source has followed', () => {
    expect(screen({ strategy: 'blue-green', handOvers: [cutOver] })).toContain('every write comes along');
  });

  it.each([
    [42, '42 row changes the target has taken will be LOST'],
    [null, 'What the target has taken since it opened will be LOST'],
    [0, 'No write was counted on mindmeasure-aurora since it opened; it is counted again'],
  ])('with %s writes at risk it says what that costs', (writesAtRisk, words) => {
    expect(
      screen({ handOvers: [cutOver], wayBack: { until: '2026-03-23T17:00:00Z', writesAtRisk, trouble: null } }),
    ).toContain(words);
  });
});
