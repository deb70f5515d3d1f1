import { createLogUpdate } from 'log-update';
import { progressScreen } from '../render/progress-screen.ts';
import type { Room } from '../render/timeline.ts';
import type { Terminal } from '../terminal.ts';
import { isEnding } from '../temporal/ending.ts';
import type { RunView } from '../temporal/run-view.ts';
import type { Watcher } from './watch-run.ts';

const HINT = 'Ctrl-C leaves the watch; the run goes on without it.';

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

/** The first of the rooms that fits the window; in a window too low for all, the top goes: below stands what is needed. */
function fitted(terminal: Terminal, view: RunView | null, trouble: string | null): string[] {
  const rows = terminal.rows() - 1;
  const look = terminal.look('result');
  const tail = trouble === null ? HINT : `! Temporal does not answer (${trouble}); asked again until it does`;
  const over = view?.progress != null && isEnding(view.progress.status);
  const foot = over ? [] : ['', trouble === null ? look.paint.dim(tail) : look.paint.yellow(tail)];
  if (view === null) return foot;
  const screens = ROOMS.map((room) => [...progressScreen(view, look, room), ...foot]);
  return (screens.find((screen) => screen.length <= rows) ?? screens.at(-1) ?? foot).slice(-rows);
}

/** From ample to tight. */
const ROOMS: readonly Room[] = [
  ...[8, 5, 3, 2].map((steps) => ({ steps, compact: false })),
  ...[5, 3, 2, 1, 0].map((steps) => ({ steps, compact: true })),
];
