import { Command } from 'commander';
import { copyCommand } from './copy/copy-command.ts';

/** `npm run bench -- <what> [--json]`: figures of this machine, all rivals in one run. */
await new Command('bench')
  .description(
    'Measures Daybreak against its rivals on this machine. Results mean something only while nothing else runs.',
  )
  .addCommand(copyCommand())
  .parseAsync();
