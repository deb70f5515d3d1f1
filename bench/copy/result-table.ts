import Table from 'cli-table3';
import type { CopyBenchResult } from './copy-bench.ts';

/** The result for people. */
export function resultTable(result: CopyBenchResult): string {
  const { machine, ours, rivals, load } = result;
  const table = new Table({ head: ['engine', 'median s', 'best s', 'ours / it'], style: { head: [], border: [] } });
  for (const each of [ours, ...Object.values(rivals)])
    table.push([each.words, each.median.toFixed(2), each.best.toFixed(2), (ours.median / each.median).toFixed(2)]);
  return [
    `${Math.round(result.databaseBytes / 1e6)} MB with indexes, medians of ${result.runs}, load ${load.before} before and ${load.after} after`,
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}`,
    result.server,
    ...result.missing.map((program) => `MISSING: ${program}`),
    table.toString(),
    `greatest resident memory of our worker: ${result.workerRssMb} MB`,
  ].join('\n');
}
