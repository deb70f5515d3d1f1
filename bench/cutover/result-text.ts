import { markdownTable } from '../record-result.ts';
import { circumstancesText } from './circumstances.ts';
import type { CutoverBenchResult } from './cutover-bench.ts';
import type { SizeBenchResult } from './size-bench.ts';
import type { DirectionResult, Summary } from './summary.ts';

const HEAD = ['', 'gap between acknowledged writes', 'worst latency', 'the load alone', 'failed', 'lost'];

/** Of design section 4: behind a pooler, median over the runs. */
const BARS = { ackGapMs: 80, aboveControlMs: 100 };

/** The result for people, in Markdown. */
export function cutoverText(result: CutoverBenchResult): string {
  const { settings, withoutPooler } = result;
  const { clients, rate, scale, runs, pool } = settings;
  return [
    '# The write pause',
    `Made by \`npm run bench -- cutover --record\`. pgbench (TPC-B, scale ${scale}) writes over ${clients} connections, ${rate} transactions a second, through a PgBouncer with ${pool} connections to the server, while a migration with strategy \`blue-green\` runs, cuts over and goes back: ${runs} times there and back, the first time with the copy. Without a pooler the clients are Daybreak's own, send the same transactions, and each reconnects to the new address. Medians of ${runs} runs; failed and lost are all there were.`,
    markdownTable(HEAD, [
      ...rowsOf(result, ''),
      ...(withoutPooler === null ? [] : rowsOf(withoutPooler, ' without a pooler')),
    ]),
    `The bar, behind a pooler: a gap of at most ${BARS.ackGapMs} ms, a worst latency at most ${BARS.aboveControlMs} ms above the load alone, nothing failed, nothing lost. ${verdict(result)}`,
    'Latency is counted from the moment a transaction was due, so that those that pile up behind a pause count. The window around a hand-over and that of the load alone are equally long.',
    '## Steps of a hand-over, behind a pooler',
    stepsTable(result),
    circumstancesText(result),
  ].join('\n\n');
}

export function sizesText(result: SizeBenchResult): string {
  const { clients, rate, runs, pool } = result.settings;
  return [
    '# The write pause against the size of the database',
    `Made by \`npm run bench -- cutover --sizes … --record\`: ${clients} clients, ${rate} transactions a second, behind a PgBouncer with ${pool} connections to the server; medians of ${runs} runs. Both sides make a checkpoint before each hand-over, as they have made one by themselves after the minutes a person takes at the gate: else the largest database would be handed over while the disk is still busy with its copy.`,
    markdownTable(
      ['database', ...HEAD.slice(1)],
      result.sizes.flatMap((size) => rowsOf(size, `, ${(size.bytes / 1e9).toFixed(2)} GB`)),
    ),
    circumstancesText(result),
  ].join('\n\n');
}

const rowsOf = ({ cutover, rollback }: Summary, where: string): string[][] => [
  rowOf(`cutover${where}`, cutover),
  rowOf(`rollback${where}`, rollback),
];

const rowOf = (name: string, result: DirectionResult): string[] => [
  name,
  `${result.ackGapMs} ms`,
  `${result.worstLatencyMs} ms`,
  `${result.controlWorstLatencyMs} ms`,
  String(result.failed),
  String(result.lost),
];

function verdict(summary: Summary): string {
  const missed = (['cutover', 'rollback'] as const).filter((name) => !isWithinBars(summary[name]));
  return missed.length === 0 ? 'Both directions are within it.' : `Not within it: ${missed.join(' and ')}.`;
}

/** Whether a direction behind a pooler is as good as it has to be. */
export const isWithinBars = (result: DirectionResult): boolean =>
  result.ackGapMs <= BARS.ackGapMs &&
  result.worstLatencyMs - result.controlWorstLatencyMs <= BARS.aboveControlMs &&
  result.failed === 0 &&
  result.lost === 0;

/** Some run side by side, so their sum is more than the pause. */
function stepsTable({ cutover, rollback }: Summary): string {
  const back = new Map(rollback.steps.map(({ name, ms }) => [name, `${ms} ms`]));
  const rows = cutover.steps.map(({ name, ms }) => [name, `${ms} ms`, back.get(name) ?? '']);
  return markdownTable(['step', 'cutover', 'rollback'], rows);
}
