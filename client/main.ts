import { runCli } from './run-cli.ts';

// Set, not exited with: what still stands in a pipe is written before the process ends.
process.exitCode = await runCli(process.argv);
