import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import type { Temporal } from '../temporal/connect.ts';
import { frameWatcher } from './frame-watcher.ts';
import { jsonWatcher } from './json-watcher.ts';
import { lineWatcher } from './line-watcher.ts';
import { watchRun } from './watch-run.ts';

/** Ctrl-C, and a terminal that goes away. */
const LEAVING = ['SIGINT', 'SIGHUP'] as const;

export interface FollowOptions {
  readonly plain?: true;
  readonly json?: true;
  readonly untilPerson?: true;
  /** Milliseconds; only where no person watches. */
  readonly patience: number;
}

/** Follows a run in the form that fits the terminal and the options; Ctrl-C leaves it running. */
export async function follow(cli: Cli, temporal: Temporal, id: string, options: FollowOptions): Promise<number> {
  const { terminal } = cli;
  const live = terminal.live && options.plain === undefined && options.json === undefined;
  const frame = live ? frameWatcher(terminal) : null;
  const watcher = frame ?? (options.json ? jsonWatcher(terminal) : lineWatcher(terminal));
  const stop = new AbortController();
  const interrupt = (): void => {
    // The second Ctrl-C waits for no answer of a server that may be gone.
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  };
  // Not once: the package that brings the cursor back ends the process itself where nobody else listens any more.
  for (const signal of LEAVING) process.on(signal, interrupt);
  try {
    const exitCode = await watchRun(temporal, id, watcher, {
      untilPerson: options.untilPerson === true || !terminal.live,
      patienceMs: terminal.live ? null : options.patience,
      stop: stop.signal,
    });
    frame?.done();
    if (exitCode === EXIT.interrupted) terminal.say('stopped watching; the run goes on. daybreak watch looks again.');
    return exitCode;
  } finally {
    frame?.done();
    for (const signal of LEAVING) process.removeListener(signal, interrupt);
  }
}
