/**
 * `node --import tsx local/app/writer.ts --ledger FILE [--rate N] [--url URL --through N] [--env-file FILE --ca-file FILE --straight N]`:
 * writes until SIGTERM or SIGINT, then waits for the answers still due and ends.
 */
import { parseArgs } from 'node:util';
import { requiredOption } from './required-option.ts';
import { startWriteLoad } from './write-load.ts';
import { applicationPath, straightPath } from './write-path.ts';

const { values } = parseArgs({
  options: {
    ledger: { type: 'string' },
    rate: { type: 'string', default: '40' },
    url: { type: 'string' },
    through: { type: 'string', default: '0' },
    'env-file': { type: 'string' },
    'ca-file': { type: 'string' },
    straight: { type: 'string', default: '0' },
    'patience-ms': { type: 'string', default: '60000' },
  },
});
const count = (name: 'through' | 'straight'): number[] => Array.from({ length: Number(values[name]) }, (_, i) => i + 1);
const load = startWriteLoad({
  ledger: requiredOption(values, 'ledger'),
  rate: Number(values.rate),
  paths: [
    ...count('through').map((n) => applicationPath(`application ${n}`, requiredOption(values, 'url'))),
    ...count('straight').map((n) =>
      straightPath(`straight ${n}`, {
        envFile: requiredOption(values, 'env-file'),
        caFile: requiredOption(values, 'ca-file'),
        patienceMs: Number(values['patience-ms']),
      }),
    ),
  ],
});
process.stdout.write('writing\n');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void load.stop());
