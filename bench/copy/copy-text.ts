import { markdownTable } from '../record-result.ts';
import type { CopyBenchResult } from './copy-bench.ts';

/** What our copy has to reach beside its rivals, and how much memory its worker may take. */
const BARS = { ratioToPgcopydb: 0.8, ratioToDumpPsql: 0.65, workerRssMb: 300 };

/** The result for people, in Markdown. */
export function copyText(result: CopyBenchResult): string {
  const { machine, ours, rivals, load, runs, missing } = result;
  const rows = [ours, ...Object.values(rivals)].map((each) => [
    each.words,
    each.median.toFixed(2),
    each.best.toFixed(2),
    (ours.median / each.median).toFixed(2),
  ]);
  return [
    '# The copy',
    `Made by \`npm run bench -- copy --record\`: a database of ${Math.round(result.databaseBytes / 1e6)} MB with its indexes, copied ${runs} times by each in turns; every copy is checked.`,
    markdownTable(['engine', 'median s', 'best s', 'ours / it'], rows),
    ...(missing.length === 0 ? [] : [`MISSING on this machine, and left out: ${missing.join(', ')}.`]),
    `Greatest resident memory of our worker: ${result.workerRssMb} MB.`,
    barsText(result),
    `Measured on ${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, node ${machine.node}, load ${load.before} before and ${load.after} after. Servers: ${result.server}.`,
  ].join('\n\n');
}

function barsText(result: CopyBenchResult): string {
  const found = (['ratioToPgcopydb', 'ratioToDumpPsql', 'workerRssMb'] as const).map((name) => {
    const value = result[name];
    const end = value === null ? 'not measured' : `${value}, ${value <= BARS[name] ? 'met' : 'MISSED'}`;
    return `\`${name}\` at most ${BARS[name]}: ${end}`;
  });
  return `The bars: ${found.join('; ')}.`;
}
