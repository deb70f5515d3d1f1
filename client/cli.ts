import type { Environment } from './environment.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface Cli {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** The command's answer to the shell, one of `EXIT`; set by {@link action}. */
  exitCode: number;
}

/** Wraps a command's work for commander: its result becomes the exit code. */
export const action =
  <Args extends unknown[]>(cli: Cli, work: (...args: Args) => Promise<number>) =>
  async (...args: Args): Promise<void> => {
    cli.exitCode = await work(...args);
  };
