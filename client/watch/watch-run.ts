import { setTimeout as pause } from 'node:timers/promises';
import { ComplaintError } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import type { Temporal } from '../temporal/connect.ts';
import { isClosed, isEnding } from '../temporal/ending.ts';
import { exitCodeOfView } from '../temporal/exit-code-of-view.ts';
import { networkTrouble } from '../temporal/network-trouble.ts';
import { readRun } from '../temporal/read-run.ts';
import type { RunView } from '../temporal/run-view.ts';

/** Where what was seen goes: a frame, a log, a stream of JSON. */
export interface Watcher {
  /** Something may have changed. */
  see(view: RunView): void;
  /** Temporal did not answer this time; it is asked again. */
  miss(trouble: string): void;
}

export interface WatchOptions {
  /** Return when a person is needed, instead of waiting for what they decide. */
  readonly untilPerson: boolean;
  /** How long Temporal and the worker may be silent before the watch gives up, in ms; null: for ever. */
  readonly patienceMs: number | null;
  /** Ends the watch: Ctrl-C. */
  readonly stop: AbortSignal;
}

/** While something moves, people want to see it move; while a person or a day is waited for, the worker is left in peace. */
const QUICK_MS = 400;
const SLOW_MS = 2_000;

/**
 * Follows a run until it ends, a person is needed (see {@link WatchOptions}) or the watch is stopped.
 * Servers and workers may come and go meanwhile: silence is told and waited out. Answers with the exit code.
 */
export async function watchRun(
  temporal: Temporal,
  id: string,
  watcher: Watcher,
  options: WatchOptions,
): Promise<number> {
  let lastHeard = Date.now();
  for (;;) {
    const view = await look(temporal, id, watcher);
    if (options.stop.aborted) return EXIT.interrupted;
    if (view !== null) {
      watcher.see(view);
      if (isOver(view)) return exitCodeOfView(view);
      if (view.progress !== null) lastHeard = Date.now();
      if (view.progress !== null && options.untilPerson && exitCodeOfView(view) !== EXIT.done)
        return exitCodeOfView(view);
    }
    if (options.patienceMs !== null && Date.now() - lastHeard > options.patienceMs)
      return view === null ? EXIT.unreachable : EXIT.operator;
    await nap(view, options.stop);
    if (options.stop.aborted) return EXIT.interrupted;
  }
}

/** A run that Temporal closed is over even if nobody is left to say how. */
const isOver = ({ execution, progress }: RunView): boolean =>
  isClosed(execution) || (progress !== null && isEnding(progress.status));

async function look(temporal: Temporal, id: string, watcher: Watcher): Promise<RunView | null> {
  try {
    return await readRun(temporal, id);
  } catch (error) {
    const trouble = error instanceof ComplaintError ? null : networkTrouble(error);
    if (trouble === null) throw error;
    watcher.miss(trouble);
    return null;
  }
}

async function nap(view: RunView | null, stop: AbortSignal): Promise<void> {
  const status = view?.progress?.status;
  const moving = status === 'running' || status === 'cutting-over' || status === 'undoing';
  try {
    await pause(moving || view === null ? QUICK_MS : SLOW_MS, undefined, { signal: stop });
  } catch {
    // Woken by Ctrl-C: the caller looks at the signal.
  }
}
