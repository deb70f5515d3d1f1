import { Runtime, TransportError, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { makeClients } from './clients.ts';
import { readConfig } from './config.ts';
import { countCutoverWorkers } from './cutover-pollers.ts';
import { READY } from './ready.ts';
import { workerOptions, type Role } from './roles.ts';
import { ensureSearchAttributes, searchAttributeCommand } from './search-attributes.ts';
import { connectToTemporal, unreachable, type Temporal } from './temporal.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** Runs the worker of one role until SIGTERM or SIGINT, or until its supervisor is gone. Throws `StartFailure`. */
export async function runWorker(role: Role, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const stop = stopSignal();
  const config = readConfig(env);
  // Ours: the runtime's own handler goes after the first signal, and a second one would kill a cutover in its fence.
  Runtime.install({ shutdownSignals: [] });
  const temporal = await connectToTemporal(env);
  try {
    if (role === 'main') await prepareNamespace(temporal);
    const worker = await Worker.create(
      workerOptions(role, {
        temporal,
        activities: createActivities(
          await makeClients({ config, env, countCutoverWorkers: () => countCutoverWorkers(temporal) }),
        ),
        shutdownGraceMs: config.shutdownGraceMs,
        workflowBundle: role === 'main' ? await workflowBundle() : undefined,
      }),
    );
    await runUntil(worker, stop);
  } catch (error) {
    // The server may have gone since we connected; while we run, the core waits for it first, for minutes.
    throw error instanceof TransportError ? unreachable(temporal.address, error) : error;
  } finally {
    await temporal.connection.close();
  }
}

async function prepareNamespace(temporal: Temporal): Promise<void> {
  const { made, missing, reason } = await ensureSearchAttributes(temporal);
  const say = (line: string): void => void process.stderr.write(`daybreak worker: ${line}\n`);
  if (made.length > 0) say(`made search attributes ${made.join(', ')}`);
  if (missing.length > 0)
    say(
      `search attributes ${missing.join(', ')} are missing and may not be made by this worker (${reason}); ` +
        `migrations run without them until somebody runs: ${searchAttributeCommand(temporal.namespace, missing)}`,
    );
}

/** Fires when this process is asked to end, or its supervisor died without asking. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.on('SIGTERM', stop).on('SIGINT', stop).on('disconnect', stop);
  return stopping.signal;
}

/** What runs is finished within the role's grace, however often the process is asked to end. */
async function runUntil(worker: Worker, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  stop.addEventListener('abort', () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const running = worker.run();
  process.send?.(READY);
  await running;
}
