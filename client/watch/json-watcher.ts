import { jsonLine } from '../json-document.ts';
import type { Terminal } from '../terminal.ts';
import type { Watcher } from './watch-run.ts';

/** JSON Lines: the whole state whenever it differs from the one before. */
export function jsonWatcher(terminal: Terminal): Watcher {
  let before: string | undefined;
  const emit = (content: object): void => {
    const now = JSON.stringify(content);
    if (now !== before) terminal.result(jsonLine({ at: new Date().toISOString(), ...content }));
    before = now;
  };
  return {
    see: (view) => emit({ ...view }),
    miss: (trouble) => emit({ unreachable: trouble }),
  };
}
