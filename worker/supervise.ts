import { superviseCrew } from './supervisor.ts';

/** All workers of one machine: `node client/launch/program.mjs worker/supervise.ts`. Ends by SIGTERM or SIGINT once they have finished. */
const stopping = new AbortController();
const stop = (): void => stopping.abort();
process.on('SIGTERM', stop).on('SIGINT', stop);

process.exitCode = await superviseCrew({
  stop: stopping.signal,
  say: (line) => void process.stderr.write(`daybreak worker: ${line}\n`),
});
