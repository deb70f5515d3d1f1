/** `npm run doctor`: what was found where, and for each thing that is missing the command that mends it. Installs nothing. */
import { thisMachine } from './machine.mjs';
import { examine, printFindings } from './examination.mjs';

const machine = thisMachine();
const lines = examine(machine);
console.log(printFindings(lines));
process.exitCode = lines.some((line) => line.required && !line.found) ? 1 : 0;
