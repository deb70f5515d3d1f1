import { Command, Option } from 'commander';
import { runCampaign } from './campaign.ts';
import { HAND_OVERS, type CellResult, type Direction } from './cell.ts';
import { FAULTS } from './faults.ts';
import { renderTable } from './result-table.ts';

interface Options {
  readonly step: readonly string[];
  readonly fault: readonly string[];
  readonly only?: string;
  readonly lanes: string;
  readonly json?: true;
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
  .addHelpText('after', `\nFaults:\n${names.join('\n')}`)
  .parse();

const options = program.opts<Options>();
const results = await runCampaign({
  steps: options.step,
  faults: options.fault,
  directions: (Object.keys(HAND_OVERS) as Direction[]).filter(
    (direction) => options.only === undefined || HAND_OVERS[direction] === options.only,
  ),
  lanes: Number(options.lanes),
  onResult: (result) => process.stderr.write(`${line(result)}\n`),
});
process.stdout.write(options.json === true ? `${JSON.stringify(results, null, 2)}\n` : `${renderTable(results)}\n`);
process.exitCode = results.some(({ faults }) => faults.length > 0) ? 1 : 0;

function collectFault(value: string, before: readonly string[]): string[] {
  if (FAULTS[value] === undefined)
    program.error(`no fault is called ${value}; wanted one of: ${Object.keys(FAULTS).join(', ')}`);
  return collect(value, before);
}

function line({ direction, step, fault, times, outcome, faults }: CellResult): string {
  const seen = outcome === null ? 'not there' : `${outcome.end}, still for ${outcome.stillMs} ms, ${times} times`;
  return `${faults.length === 0 ? '✓' : '×'} ${HAND_OVERS[direction]} · ${step} · ${fault}: ${[seen, ...faults].join('; ')}`;
}
