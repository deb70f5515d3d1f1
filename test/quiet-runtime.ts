import { DefaultLogger, Runtime } from '@temporalio/worker';

let isQuiet = false;

/**
 * Keeps what Temporal's native core tells to errors. Files share a process, and the core, of which it has one, may be installed only
 * while none runs: so this comes before a file's first server, and the core remembers it whenever it is begun anew.
 */
export function quietRuntime(): void {
  if (isQuiet) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  isQuiet = true;
}
