import { describe, expect, test } from 'vitest';
import { isWithinBars } from '../../../bench/cutover/result-text.ts';
import type { RoundResult } from '../../../bench/cutover/round.ts';
import { summaryOf } from '../../../bench/cutover/summary.ts';

const round = (ackGapMs: number, change: Partial<RoundResult['cutover']> = {}): RoundResult => {
  const figures = { ackGapMs, worstLatencyMs: 2 * ackGapMs, failed: 0, lost: 0 };
  return {
    cutover: { ...figures, ...change },
    rollback: figures,
    control: { ackGapMs: 10, worstLatencyMs: ackGapMs / 2 },
    worstLatencyOfAllMs: 500,
    writes: 1_000,
    steps: { cutover: [{ name: 'fence', ms: ackGapMs }], rollback: [] },
    seconds: 60,
  };
};

describe('the summary of several runs', () => {
  test('tells medians of times, of steps too', () => {
    const { cutover } = summaryOf([round(40), round(1_000), round(50)]);
    expect(cutover).toEqual({
      ackGapMs: 50,
      worstLatencyMs: 100,
      controlWorstLatencyMs: 25,
      failed: 0,
      lost: 0,
      steps: [{ name: 'fence', ms: 50 }],
    });
  });

  test('tells every write that failed or was lost: no median hides one', () => {
    const { cutover, rollback } = summaryOf([round(40), round(40, { failed: 2, lost: 1 }), round(40)]);
    expect(cutover).toMatchObject({ failed: 2, lost: 1 });
    expect(rollback).toMatchObject({ failed: 0, lost: 0 });
  });
});

describe('the bars', () => {
  const good = { ackGapMs: 80, worstLatencyMs: 130, controlWorstLatencyMs: 30, failed: 0, lost: 0, steps: [] };

  test('are met at their edge', () => {
    expect(isWithinBars(good)).toBe(true);
  });

  test.each([{ ackGapMs: 81 }, { worstLatencyMs: 131 }, { controlWorstLatencyMs: 29 }, { failed: 1 }, { lost: 1 }])(
    'are missed by %j',
    (change) => {
      expect(isWithinBars({ ...good, ...change })).toBe(false);
    },
  );
});
