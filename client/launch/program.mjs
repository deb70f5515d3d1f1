/** `node client/launch/program.mjs worker/main.ts --only main`: runs the program, named from the root, with the arguments after it. */
import { join } from 'node:path';
import { ROOT } from './bundle.mjs';
import { load } from './load.mjs';

const entry = process.argv[2];
if (entry === undefined) throw new Error('wanted: node client/launch/program.mjs PROGRAM [ARGUMENTS]');
process.argv.splice(1, 2, join(ROOT, entry));
await load(entry);
