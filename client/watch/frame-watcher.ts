import { createLogUpdate } from 'log-update';
import { progressScreen } from '../render/progress-screen.ts';
import type { Terminal } from '../terminal.ts';
import type { RunView } from '../temporal/run-view.ts';
import type { Watcher } from './watch-run.ts';

const HINT = 'Ctrl-C leaves the watch; the run goes on without it.';
const MOST_STEPS = 8;

/** Redraws one screen in place, never higher than the window; `done` leaves the last one standing. */
export function frameWatcher(terminal: Terminal): Watcher & { done(): void } {
  const draw = createLogUpdate(process.stdout);
  let last: RunView | null = null;
  let trouble: string | null = null;
  const show = (): void => {
    draw(fitted(terminal, last, trouble).join('\n'));
  };
  return {
    see(view) {
      last = view;
      trouble = null;
      show();
    },
    miss(found) {
      trouble = found;
      show();
    },
    done: () => draw.done(),
  };
}

/** Fewer and fewer steps, then the top of the screen goes: what stands below is what a person has to know. */
function fitted(terminal: Terminal, view: RunView | null, trouble: string | null): string[] {
  const rows = terminal.rows() - 1;
  const look = terminal.look('result');
  const tail = trouble === null ? HINT : `! Temporal does not answer (${trouble}); asked again until it does`;
  const foot = ['', trouble === null ? look.paint.dim(tail) : look.paint.yellow(tail)];
  if (view === null) return foot;
  for (let steps = MOST_STEPS; ; steps -= 1) {
    const screen = [...progressScreen(view, look, Math.max(steps, 0)), ...foot];
    if (screen.length <= rows || steps <= 0) return screen.slice(-rows);
  }
}
