import type { Command } from 'commander';

/** What `hold`, `pause`, `resume` and `rollback` take alike. */
export const requestOptions = (command: Command): Command =>
  command
    .option('--as <name>', 'who asks; a claim (default: DAYBREAK_ACTOR, else the account’s name)')
    .option('--reason <text>', 'kept in the history')
    .option('--json', 'one JSON document');
