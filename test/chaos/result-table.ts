import Table from 'cli-table3';
import { HAND_OVERS, type CellResult } from './cell.ts';

/** Steps down, faults across: what stood still, in seconds, and how it ended. One table a hand-over. */
export function renderTable(results: readonly CellResult[]): string {
  return Object.entries(HAND_OVERS)
    .flatMap(([direction, name]) => {
      const here = results.filter((result) => result.direction === direction);
      return here.length === 0 ? [] : [`${name}\n${tableOf(here)}`];
    })
    .join('\n\n');
}

function tableOf(results: readonly CellResult[]): string {
  const steps = [...new Set(results.map(({ step }) => step))];
  const faults = [...new Set(results.map(({ fault }) => fault))];
  const table = new Table({ head: ['fault', ...steps], style: { head: [], border: [] }, wordWrap: true });
  for (const fault of faults)
    table.push([fault, ...steps.map((step) => cellText(results.find((r) => r.step === step && r.fault === fault)))]);
  return table.toString();
}

/** `→` handed over, `←` given back, `○` not begun, `·` the step has none of these; seconds without a write. */
export function cellText(result: CellResult | undefined): string {
  if (result === undefined) return '';
  if (result.outcome === null) return result.faults.length > 0 ? '× not reached' : '·';
  const { end, stillMs } = result.outcome;
  const arrow = end.startsWith('handed over') ? '→' : end.startsWith('given back') ? '←' : '○';
  return `${result.faults.length > 0 ? '× ' : ''}${arrow} ${(stillMs / 1_000).toFixed(1)}${result.times > 1 ? ` (${result.times})` : ''}`;
}
