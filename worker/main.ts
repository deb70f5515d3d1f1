import { parseArgs } from 'node:util';
import { isRole, ROLES } from './roles.ts';
import { runWorker } from './run-worker.ts';
import { StartFailure } from './start-failure.ts';

/** One worker process: `node client/launch/program.mjs worker/main.ts --only main|copy|cutover`. `supervise.ts` starts all of them. */
try {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  if (!isRole(values.only))
    throw new StartFailure(2, `--only is ${JSON.stringify(values.only ?? '')}: wanted one of ${ROLES.join(', ')}`);
  await runWorker(values.only, process.env);
} catch (error) {
  if (!(error instanceof StartFailure)) throw error;
  process.stderr.write(`daybreak worker: ${error.message}\n`);
  process.exitCode = error.exitCode;
} finally {
  // An open channel to the supervisor would keep this process alive.
  if (process.connected) process.disconnect();
}
