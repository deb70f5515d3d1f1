import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration } from '../../model/plan-values.ts';
import { action, type Cli } from '../cli.ts';
import { withTemporal } from '../temporal/connect.ts';
import { findRun } from '../temporal/find-run.ts';
import { follow, type FollowOptions } from '../watch/follow.ts';

/** Long enough for a server or a worker to be restarted. */
const PATIENCE_MS = 300_000;

/** `daybreak watch [ID]`: the run as it goes. */
export function addWatch(program: Command, cli: Cli): void {
  const command = program
    .command('watch')
    .description('the run as it goes; leaving it stops nothing')
    .argument('[id]', 'the run');
  followOptions(command).action(
    action(cli, async (id: string | undefined, options: FollowOptions) =>
      withTemporal(async (temporal) => await follow(cli, temporal, await findRun(temporal, id), options)),
    ),
  );
}

/** What `watch` and `start --watch` take alike. */
export const followOptions = (command: Command): Command =>
  command
    .option('--plain', 'one line with its time for each change, also on a terminal')
    .option('--json', 'JSON: one document, or while watching one a line for each change')
    .option('--until-person', 'return 6 or 7 when a person is needed, as it does without a terminal')
    .addOption(
      new Option('--patience <duration>', 'without a terminal: how long Temporal or the worker may be silent')
        .argParser(milliseconds)
        .default(PATIENCE_MS, '5m'),
    );

function milliseconds(text: string): number {
  const { data } = duration.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('wanted a duration such as 90s or 5m');
  return data;
}
