import { changesBetween } from '../render/changes.ts';
import type { Terminal } from '../terminal.ts';
import type { RunView } from '../temporal/run-view.ts';
import type { Watcher } from './watch-run.ts';

/** One line a change, each with the time it happened at: for logs and for people who read them later. */
export function lineWatcher(terminal: Terminal): Watcher {
  let before: RunView | null = null;
  let silent = false;
  const line = (at: string | null, text: string): void => {
    terminal.result(`${at ?? new Date().toISOString()} ${text}`);
  };
  return {
    see(view) {
      for (const { at, text } of changesBetween(before, view, terminal.look('result'))) line(at, text);
      // While the run is silent, what it said last stands: its sentences are not told again when it is back.
      before = view.progress === null && before !== null ? { ...before, silence: view.silence } : view;
      silent = false;
    },
    miss(trouble) {
      if (!silent) line(null, `! Temporal does not answer (${trouble}); asked again until it does`);
      silent = true;
    },
  };
}
