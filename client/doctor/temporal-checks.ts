import { TASK_QUEUES } from '../../model/names.ts';
import type { Temporal } from '../temporal/connect.ts';
import { networkTrouble } from '../temporal/network-trouble.ts';
import { pollersOf } from '../temporal/pollers.ts';
import { createCommand, missingSearchAttributes } from '../temporal/search-attributes.ts';
import type { Check } from './check.ts';

/** With one cutover worker a frozen process delays the giving back of writes; a second one takes over in seconds. */
const CUTOVER_WORKERS = 2;

/** What a run needs of Temporal: the server, its search attributes, a worker on each queue. */
export async function temporalChecks(temporal: Temporal): Promise<Check[]> {
  const { address, namespace } = temporal;
  return [
    { name: 'Temporal', state: 'ok', found: `${address}, namespace ${namespace}`, remedy: null },
    await searchAttributes(temporal),
    await workers(temporal, TASK_QUEUES.main, 'workflow', 1),
    await workers(temporal, TASK_QUEUES.copy, 'activity', 1),
    await workers(temporal, TASK_QUEUES.cutover, 'activity', CUTOVER_WORKERS),
  ];
}

async function searchAttributes(temporal: Temporal): Promise<Check> {
  const name = 'search attributes';
  try {
    const missing = await missingSearchAttributes(temporal);
    if (missing.length === 0) return { name, state: 'ok', found: 'all there', remedy: null };
    return {
      name,
      state: 'warning',
      found: `missing: ${missing.join(', ')}; runs started now do without`,
      remedy: createCommand(missing, temporal.namespace),
    };
  } catch (error) {
    const trouble = networkTrouble(error);
    if (trouble === null) throw error;
    return { name, state: 'warning', found: `cannot be looked at: ${trouble}`, remedy: 'ask who runs the namespace' };
  }
}

async function workers(
  temporal: Temporal,
  queue: string,
  kind: 'workflow' | 'activity',
  wanted: number,
): Promise<Check> {
  const alive = await pollersOf(temporal, queue, kind);
  const name = `workers on ${queue}`;
  const found = alive.length === 0 ? 'none' : `${alive.length}: ${alive.join(', ')}`;
  if (alive.length >= wanted) return { name, state: 'ok', found, remedy: null };
  if (alive.length === 0) return { name, state: 'missing', found, remedy: 'daybreak worker' };
  return {
    name,
    state: 'warning',
    found,
    remedy: `a second one takes over when the first hangs: ${wanted} are wanted`,
  };
}
