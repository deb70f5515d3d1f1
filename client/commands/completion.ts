import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/**
 * `daybreak completion SHELL` prints a script for the shell to source; the script asks the hidden command `complete`.
 * Called last: the adapter copies what commands there are.
 */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
}
