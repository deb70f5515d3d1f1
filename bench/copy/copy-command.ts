import bytes from 'bytes';
import { Command, InvalidArgumentError } from 'commander';
import { countUpTo } from '../count-option.ts';
import { recordResult } from '../record-result.ts';
import { copyBench, type CopyBenchOptions } from './copy-bench.ts';
import { copyText } from './copy-text.ts';

interface Given {
  readonly size: number;
  readonly runs: number;
  readonly jobs: number;
  readonly json: boolean;
  readonly record: boolean;
}

/** `bench copy`: see docs of each option. */
export const copyCommand = (): Command =>
  new Command('copy')
    .description(
      'Copies a database with its indexes and foreign keys: Daybreak, pg_dump | psql, pg_restore, pgcopydb, the floor.',
    )
    .option('--size <bytes>', 'size of the database with its indexes, e.g. 100MB', sizeOf, 1.5 * 1024 ** 3)
    .option('--runs <number>', 'runs of each, one after the other in turns; medians are told', countUpTo(99), 5)
    .option(
      '--jobs <number>',
      "Daybreak's lanes; rivals take half of it for tables and half for indexes, as they are told to",
      countUpTo(99),
      4,
    )
    .option('--json', 'the result as JSON on stdout; words go to stderr', false)
    .option('--record', 'keep the result in docs/benchmarks', false)
    .action(async ({ size, runs, jobs, json, record }: Given) => {
      const options: CopyBenchOptions = { bytes: size, runs, jobs, say: (line) => console.error(line) };
      const result = await copyBench(options);
      const text = copyText(result);
      if (record) await recordResult('copy', result, text);
      console.log(json ? JSON.stringify(result, null, 2) : text);
    });

function sizeOf(text: string): number {
  const size = bytes.parse(text);
  if (size === null || size < 1024 ** 2)
    throw new InvalidArgumentError(`found ${text}; wanted at least 1MB, e.g. 100MB`);
  return size;
}
