/** `node --import tsx local/app/main.ts --env-file FILE --ca-file FILE [--staged] [--port N]`: prints its URL once it listens. */
import { parseArgs } from 'node:util';
import { startApplication } from './application.ts';
import { requiredOption } from './required-option.ts';

const { values } = parseArgs({
  options: {
    'env-file': { type: 'string' },
    'ca-file': { type: 'string' },
    staged: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    'patience-ms': { type: 'string', default: '60000' },
  },
});
const application = await startApplication({
  envFile: requiredOption(values, 'env-file'),
  version: values.staged ? 'staged' : 'live',
  caFile: requiredOption(values, 'ca-file'),
  port: Number(values.port),
  patienceMs: Number(values['patience-ms']),
});
process.stdout.write(`${application.url}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void application.close());
