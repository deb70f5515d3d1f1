import { Command, InvalidArgumentError, Option } from 'commander';
import { countUpTo } from '../count-option.ts';
import { recordResult } from '../record-result.ts';
import { cutoverBench, type BenchSettings } from './cutover-bench.ts';
import { cutoverText, sizesText } from './result-text.ts';
import { sizeBench } from './size-bench.ts';

interface Given extends BenchSettings {
  readonly sizes?: readonly number[];
  readonly direct: boolean;
  readonly json: boolean;
  readonly record: boolean;
}

/** `bench cutover`: see docs of each option. */
export const cutoverCommand = (): Command =>
  new Command('cutover')
    .description('Migrates a database under load, cuts over and goes back, and tells what its clients saw of it.')
    .option('--runs <number>', 'times there and back; medians are told', countUpTo(99), 5)
    .option('--scale <number>', 'of pgbench: 15 MB each', countUpTo(2_000), 20)
    .option('--rate <number>', 'transactions a second', countUpTo(100_000), 500)
    .option('--clients <number>', 'connections that write', countUpTo(100), 8)
    .option('--pool <number>', 'connections of PgBouncer to a server: two a core of these', countUpTo(100), 4)
    .addOption(new Option('--engine <major>', 'major version of both sides').choices(['15', '17']).default('15'))
    .option('--sizes <GB,…>', 'the pause against the size of the database instead, e.g. 0.1,1,5', gigabytes)
    .option('--no-direct', 'leave out the clients without a pooler')
    .option('--json', 'the result as JSON on stdout; words go to stderr', false)
    .option('--record', 'keep the result in docs/benchmarks', false)
    .action(async ({ sizes, direct, json, record, ...settings }: Given) => {
      const say = (line: string): void => console.error(line);
      const [name, result, text] =
        sizes === undefined
          ? await told('cutover', cutoverBench(settings, { direct, say }), cutoverText)
          : await told('pause-by-size', sizeBench(sizes, settings, say), sizesText);
      if (record) await recordResult(name, result, text);
      console.log(json ? JSON.stringify(result, null, 2) : text);
    });

async function told<Result extends object>(
  name: string,
  running: Promise<Result>,
  text: (result: Result) => string,
): Promise<readonly [string, object, string]> {
  const result = await running;
  return [name, result, text(result)];
}

function gigabytes(text: string): readonly number[] {
  return text.split(',').map((each) => {
    const size = Number(each) * 1e9;
    if (size > 0 && size <= 100e9) return size;
    throw new InvalidArgumentError(`found ${each}; wanted sizes in GB with commas between, e.g. 0.1,1,5`);
  });
}
