import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { runCampaign } from './campaign.ts';
import { HAND_OVERS, type CellResult, type Direction } from './cell.ts';
import { FAULTS } from './faults.ts';
import { page, type Report } from './report.ts';
import { renderTable } from './result-table.ts';
import { surroundings } from './surroundings.ts';

/** Exit code when a cell is red. */
const RED = 2;

interface Options {
  readonly step: readonly string[];
  readonly fault: readonly string[];
  readonly only?: string;
  readonly lanes: string;
  readonly json?: true;
  readonly publish?: true;
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];
const names = Object.entries(FAULTS).map(([name, { what }]) => `  ${name}: ${what}`);

const program = new Command('chaos')
  .description(
    'Lets every fault strike at every step of cutover and rollback, under writers, and looks at the world after each.',
  )
  .option('--step <name>', 'only at this step; may be given again (default: all)', collect, [])
  .addOption(
    new Option('--fault <name>', 'only this fault; may be given again (default: all)')
      .argParser(collectFault)
      .default([]),
  )
  .addOption(new Option('--only <hand-over>', 'one of both').choices(Object.values(HAND_OVERS)))
  .option('--lanes <n>', 'installations that work side by side', '2')
  .option('--json', 'the results, for machines')
  .option('--publish', 'writes docs/chaos.md')
  .addHelpText('after', `\nFaults:\n${names.join('\n')}`)
  .parse();

const options = program.opts<Options>();
const stopping = new AbortController();
// What is under way is finished, so that no server is left behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const began = new Date();
const results = await runCampaign({
  steps: options.step,
  faults: options.fault,
  directions: (Object.keys(HAND_OVERS) as Direction[]).filter(
    (direction) => options.only === undefined || HAND_OVERS[direction] === options.only,
  ),
  lanes: Number(options.lanes),
  stop: stopping.signal,
  onResult: (result) => process.stderr.write(`${line(result)}\n`),
});
const report: Report = {
  startedAt: began.toISOString(),
  seconds: Math.round((Date.now() - began.getTime()) / 1_000),
  surroundings: await surroundings(),
  results,
};
process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : `${renderTable(results)}\n`);
if (options.publish === true) await publish(report);
// A program that could not run ends with 1.
process.exitCode = results.some(({ faults }) => faults.length > 0) ? RED : stopping.signal.aborted ? 1 : 0;

/** In the project's own format. */
async function publish(written: Report): Promise<void> {
  const file = fileURLToPath(new URL('../../docs/chaos.md', import.meta.url));
  const style = await resolveConfig(file);
  await writeFile(file, await format(page(written), { ...style, filepath: file }));
}

function collectFault(value: string, before: readonly string[]): string[] {
  if (FAULTS[value] === undefined)
    program.error(`no fault is called ${value}; wanted one of: ${Object.keys(FAULTS).join(', ')}`);
  return collect(value, before);
}

function line({ direction, step, fault, times, outcome, faults }: CellResult): string {
  const seen =
    outcome === null
      ? 'not there'
      : `${[outcome.end, outcome.why ?? []].flat().join(': ')}; still for ${outcome.stillMs} ms, ${times} times`;
  return `${faults.length === 0 ? '✓' : '×'} ${HAND_OVERS[direction]} · ${step} · ${fault}: ${[seen, ...faults].join('; ')}`;
}
