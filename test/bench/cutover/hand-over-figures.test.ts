import { describe, expect, test } from 'vitest';
import { roundFigures, WINDOW_MS, type Round } from '../../../bench/cutover/hand-over-figures.ts';
import { writeKey } from '../../../bench/cutover/ledger.ts';
import type { Acknowledged } from '../../../bench/cutover/load.ts';

const SERVERS = { source: 1, target: 2 };
const PART = 20_000;
/** One write every 10 ms; the target takes those of the second of three parts, and the first of it comes 70 ms after the last before. */
const THERE_MS = PART + 60;
const BACK_MS = 2 * PART + 40;

function load(): Acknowledged[] {
  const at = (fromMs: number, untilMs: number): number[] =>
    Array.from({ length: (untilMs - fromMs) / 10 }, (_, n) => fromMs + n * 10);
  const moments = [...at(0, PART), ...at(THERE_MS, 2 * PART), ...at(BACK_MS, 3 * PART)];
  return moments.map((atMs, n) => ({ client: 0, number: n + 1, atMs, tookMs: 5 }));
}

function round(acknowledged: readonly Acknowledged[], change: Partial<Round> = {}): Round {
  const server = ({ atMs }: Acknowledged): number => (atMs >= THERE_MS && atMs < 2 * PART ? 2 : 1);
  const ledger = new Map(acknowledged.map((write) => [writeKey(write), server(write)]));
  return {
    record: { acknowledged, failed: [] },
    ledgers: { source: ledger, target: new Map(ledger) },
    servers: SERVERS,
    controlFromMs: 5_000,
    ...change,
  };
}

const without = (
  acknowledged: readonly Acknowledged[],
  atMs: number,
  change: Round,
  side: 'source' | 'target',
): Round => {
  const lost = acknowledged.find((write) => write.atMs === atMs);
  const ledger = new Map(change.ledgers[side]);
  ledger.delete(writeKey(lost ?? { client: 0, number: -1 }));
  return { ...change, ledgers: { ...change.ledgers, [side]: ledger } };
};

const waiting = (ms: number, atMs: number): Acknowledged[] =>
  load().map((write) => (write.atMs === atMs ? { ...write, tookMs: ms } : write));

describe('the figures of a load that went there and back', () => {
  test('tell the longest time without an acknowledged write for each direction, and for the load alone', () => {
    const { cutover, rollback, control } = roundFigures(round(load()));
    expect([cutover.ackGapMs, rollback.ackGapMs, control.ackGapMs]).toEqual([70, 50, 10]);
  });

  test.each([
    ['cutover', THERE_MS + 1_000],
    ['rollback', BACK_MS - 1_040],
    ['control', 10_500],
  ] as const)('tell the longest wait in the %s, and let it count nowhere else', (where, atMs) => {
    const figures = roundFigures(round(waiting(300, atMs)));
    const worst = { cutover: 5, rollback: 5, control: 5, [where]: 300 };
    expect({
      cutover: figures.cutover.worstLatencyMs,
      rollback: figures.rollback.worstLatencyMs,
      control: figures.control.worstLatencyMs,
    }).toEqual(worst);
  });

  test('count a wait in the copy for the whole, not for a hand-over', () => {
    const figures = roundFigures(round(waiting(900, THERE_MS - WINDOW_MS)));
    expect(figures.worstLatencyOfAllMs).toBe(900);
    expect(figures.cutover.worstLatencyMs).toBe(5);
  });

  test('count acknowledged writes that the taking side lacks', () => {
    const acknowledged = load();
    const whole = round(acknowledged);
    expect(roundFigures(whole)).toMatchObject({ cutover: { lost: 0 }, rollback: { lost: 0 } });
    const onTheWayThere = without(acknowledged, PART - 10, whole, 'target');
    expect(roundFigures(onTheWayThere)).toMatchObject({ cutover: { lost: 1 }, rollback: { lost: 0 } });
    const onTheWayBack = without(acknowledged, 2 * PART - 10, whole, 'source');
    expect(roundFigures(onTheWayBack)).toMatchObject({ cutover: { lost: 0 }, rollback: { lost: 1 } });
  });

  test('do not take for lost what the source acknowledged after the rollback and has not sent on yet', () => {
    const acknowledged = load();
    const behind = without(acknowledged, 3 * PART - 10, round(acknowledged), 'target');
    expect(roundFigures(behind)).toMatchObject({ cutover: { lost: 0 }, rollback: { lost: 0 } });
  });

  test('count what failed for the hand-over that is nearer', () => {
    const acknowledged = load();
    const failed = [THERE_MS - 5, BACK_MS, BACK_MS + 1].map((atMs) => ({ atMs, message: 'refused' }));
    const figures = roundFigures(round(acknowledged, { record: { acknowledged, failed } }));
    expect([figures.cutover.failed, figures.rollback.failed]).toEqual([1, 2]);
  });

  test('do not exist for a load that never came back', () => {
    const acknowledged = load().filter(({ atMs }) => atMs < BACK_MS);
    expect(() => roundFigures(round(acknowledged))).toThrow('wanted a load that lasts longer');
  });
});
