/** `node local/setup/main.mjs [--check]`: installs what demo and tests need and says what it does; `--check` installs nothing. */
import { thisMachine } from './machine.mjs';
import { setUp } from './set-up.mjs';

process.exitCode = setUp(thisMachine(), { checkOnly: process.argv.includes('--check') }) ? 0 : 1;
