import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { runCampaign } from './campaign.ts';
import { DIRECTIONS, HAND_OVERS, type Strategy } from './cell.ts';
import { FAULTS } from './faults.ts';
import { page } from './report.ts';
import { addResult, readResults, type Entry } from './results-file.ts';
import { renderTable } from './result-table.ts';
import { latest } from './report-facts.ts';
import { surroundings } from './surroundings.ts';

/** Exit code when a cell is red. */
const RED = 2;

interface Options {
  readonly step: readonly string[];
  readonly fault: readonly string[];
  readonly strategy: Strategy;
  readonly only?: string;
  readonly lanes: string;
  readonly into?: string;
  readonly without?: string;
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
  .addOption(new Option('--strategy <name>', 'of the plan').choices(Object.keys(DIRECTIONS)).default('blue-green'))
  .addOption(new Option('--only <hand-over>', 'one of both').choices(Object.values(HAND_OVERS)))
  .option('--lanes <n>', 'installations that work side by side; 0 runs nothing and tells what --into holds', '2')
  .option('--into <file>', 'each result is added to it as its cell ends; cells that are green in it are not run again')
  .addOption(new Option('--without <protection>', 'what sabotage.ts has taken out').hideHelp())
  .option('--json', 'the results, for machines')
  .option('--publish', 'writes docs/chaos.md')
  .addHelpText('after', `\nFaults:\n${names.join('\n')}`)
  .parse();

const options = program.opts<Options>();
const stopping = new AbortController();
// What is under way is finished, so that no server is left behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const { into, without = null } = options;
const entries: Entry[] = into === undefined ? [] : [...readResults(into)];
const on = await surroundings();
if (Number(options.lanes) > 0)
  await runCampaign({
    steps: options.step,
    faults: options.fault,
    strategy: options.strategy,
    directions: DIRECTIONS[options.strategy].filter(
      (direction) => options.only === undefined || HAND_OVERS[direction] === options.only,
    ),
    lanes: Number(options.lanes),
    done: latest(entries).filter((entry) => entry.faults.length === 0 && entry.without === without),
    stop: stopping.signal,
    onResult: (result, seconds) => {
      const entry: Entry = {
        ...result,
        at: new Date().toISOString(),
        seconds,
        load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
        on,
        without,
      };
      entries.push(entry);
      if (into !== undefined) addResult(into, entry);
      process.stderr.write(`${line(entry)}\n`);
    },
  });
const results = latest(entries).filter((entry) => entry.strategy === options.strategy && entry.without === without);
process.stdout.write(options.json === true ? `${JSON.stringify(entries, null, 2)}\n` : `${renderTable(results)}\n`);
if (options.publish === true) await publish(page(entries));
// A program that could not run ends with 1.
process.exitCode = results.some(({ faults }) => faults.length > 0) ? RED : stopping.signal.aborted ? 1 : 0;

/** In the project's own format. */
async function publish(text: string): Promise<void> {
  const file = fileURLToPath(new URL('../../docs/chaos.md', import.meta.url));
  const style = await resolveConfig(file);
  await writeFile(file, await format(text, { ...style, filepath: file }));
}

function collectFault(value: string, before: readonly string[]): string[] {
  if (FAULTS[value] === undefined)
    program.error(`no fault is called ${value}; wanted one of: ${Object.keys(FAULTS).join(', ')}`);
  return collect(value, before);
}

function line({ direction, step, fault, times, outcome, faults, seconds, load }: Entry): string {
  const seen =
    outcome === null
      ? 'not there'
      : `${[outcome.end, outcome.why ?? []].flat().join(': ')}; still for ${outcome.stillMs} ms, ${times} times`;
  return `${faults.length === 0 ? '✓' : '×'} ${HAND_OVERS[direction]} · ${step} · ${fault}: ${[seen, ...faults].join('; ')} (${seconds} s, load ${load})`;
}
