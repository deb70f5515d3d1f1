import { Command } from 'commander';
import { copyCommand } from './copy/copy-command.ts';
import { cutoverCommand } from './cutover/cutover-command.ts';

// The SDK's advice is for whoever develops with it, not for whoever measures.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** `npm run bench -- <what> [--json]`: figures of this machine, all rivals in one run. */
await new Command('bench')
  .description(
    'Measures Daybreak against its rivals on this machine. Results mean something only while nothing else runs.',
  )
  .addCommand(copyCommand())
  .addCommand(cutoverCommand())
  .parseAsync();
