import bytes from 'bytes';
import { Command, InvalidArgumentError } from 'commander';
import { copyBench, type CopyBenchOptions } from './copy-bench.ts';
import { resultTable } from './result-table.ts';

interface Given {
  readonly size: number;
  readonly runs: number;
  readonly jobs: number;
  readonly json: boolean;
}

/** `bench copy`: see docs of each option. */
export const copyCommand = (): Command =>
  new Command('copy')
    .description(
      'Copies a database with its indexes and foreign keys: Daybreak, pg_dump | psql, pg_restore, pgcopydb, the floor.',
    )
    .option('--size <bytes>', 'size of the database with its indexes, e.g. 100MB', sizeOf, 1.5 * 1024 ** 3)
    .option('--runs <number>', 'runs of each, one after the other in turns; medians are told', countOf, 5)
    .option(
      '--jobs <number>',
      "Daybreak's lanes; rivals take half of it for tables and half for indexes, as they are told to",
      countOf,
      4,
    )
    .option('--json', 'the result as JSON on stdout; words go to stderr', false)
    .action(async ({ size, runs, jobs, json }: Given) => {
      const options: CopyBenchOptions = { bytes: size, runs, jobs, say: (line) => console.error(line) };
      const result = await copyBench(options);
      console.log(json ? JSON.stringify(result, null, 2) : resultTable(result));
    });

function sizeOf(text: string): number {
  const size = bytes.parse(text);
  if (size === null || size < 1024 ** 2)
    throw new InvalidArgumentError(`found ${text}; wanted at least 1MB, e.g. 100MB`);
  return size;
}

function countOf(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError(`found ${text}; wanted a number from 1 to 99`);
  return Number(text);
}
