/** `node --import tsx local/app/ledger-main.ts check --ledger FILE --env-file FILE --ca-file FILE`: prints JSON; 1 if writes were lost. */
import { parseArgs } from 'node:util';
import { checkLedger } from './ledger-check.ts';
import { requiredOption } from './required-option.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ledger: { type: 'string' }, 'env-file': { type: 'string' }, 'ca-file': { type: 'string' } },
});
if (positionals.join(' ') !== 'check') throw new Error(`unknown command "${positionals.join(' ')}": wanted check`);
const found = await checkLedger({
  ledger: requiredOption(values, 'ledger'),
  envFile: requiredOption(values, 'env-file'),
  caFile: requiredOption(values, 'ca-file'),
});
process.stdout.write(`${JSON.stringify(found)}\n`);
if (found.writesLost > 0) process.exitCode = 1;
