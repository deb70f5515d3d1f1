import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

export type DemoOptions = {
  readonly strategy: string;
  /** A second person approves without asking. */
  readonly yes: boolean;
  readonly reject: boolean;
  readonly rollback: boolean;
  /** A PgBouncer stands between application and database. */
  readonly pooler: boolean;
  /** The application logs in as the master user, who owns its tables. */
  readonly asMaster: boolean;
  /** As the plan writes durations. */
  readonly soak: string;
  readonly keep: boolean;
  readonly json: boolean;
  /** `host:port` of a Temporal that runs already; undefined: one of the demo's own. */
  readonly temporal?: string;
  readonly namespace: string;
  /** Where that Temporal's UI is. */
  readonly ui: string;
  /** Major version of the source. */
  readonly engine: string;
};

/** A mistake of the person who typed the command: shown as it is, without a stack, with the exit code of the CLI for it. */
export type UsageMistake = { readonly exitCode: number; readonly message: string };

const STRATEGIES = ['blue-green', 'replica', 'snapshot', 'dump'];

/** The options, or what is wrong with them. Help counts as a mistake of exit code 0. */
export function readOptions(args: readonly string[], hasTerminal: boolean): DemoOptions | UsageMistake {
  const program = command();
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2, message: error.message };
  }
  const given = program.opts<Omit<DemoOptions, 'soak' | 'pooler'> & Partial<Pick<DemoOptions, 'soak' | 'pooler'>>>();
  const options = {
    ...given,
    soak: given.soak ?? (given.rollback ? '2m' : '10s'),
    // The other strategies stop writes for longer than a pooler should keep clients waiting.
    pooler: given.pooler ?? given.strategy === 'blue-green',
  };
  if (!hasTerminal && !options.yes && !options.reject)
    return {
      exitCode: 2,
      message: 'there is no terminal to ask for the approval on: give --yes (a second person approves) or --reject',
    };
  return options;
}

function command(): Command {
  return (
    new Command('npm run demo --')
      .description('Moves a real database from "RDS" to "Aurora" on this machine, through all five phases.')
      .addOption(new Option('--strategy <name>', 'how the rows travel').default('blue-green').argParser(known))
      .addOption(new Option('--yes', 'approve as a second person instead of asking').default(false).conflicts('reject'))
      .addOption(
        new Option('--reject', 'reject instead: everything is undone, and compared with before').default(false),
      )
      .addOption(new Option('--rollback', 'go back to the source in the soak').default(false).conflicts('reject'))
      .option('--pooler', 'put a PgBouncer between the application and its database (default with blue-green)')
      .option('--no-pooler', 'leave it out')
      .option('--as-master', 'the application logs in as the master user, not as a role of its own', false)
      .option(
        '--soak <duration>',
        'how long to watch after the cutover (default: 10s; with --rollback 2m, which it ends)',
        duration,
      )
      .option('--keep', 'leave everything running at the end, to look around', false)
      .option('--json', 'end with one JSON object on stdout; everything else goes to stderr', false)
      .addOption(new Option('--engine <major>', 'major version of the source').choices(['15', '17']).default('15'))
      .option('--temporal <address>', 'use this Temporal server instead of starting one')
      .option('--namespace <name>', 'its namespace', 'default')
      .option('--ui <url>', 'its UI', 'http://127.0.0.1:8233')
      .exitOverride()
      // Help is no result: stdout belongs to --json.
      .configureOutput({ writeOut: (text) => void process.stderr.write(text), outputError: () => {} })
  );
}

function known(name: string): string {
  if (STRATEGIES.includes(name)) return name;
  throw new InvalidArgumentError(`this version knows ${STRATEGIES.join(', ')}`);
}

function duration(text: string): string {
  if (/^\d+(\.\d+)?(ms|s|m|h)$/.test(text)) return text;
  throw new InvalidArgumentError('wanted a duration such as 10s or 2m');
}
