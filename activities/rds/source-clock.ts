import { sessionName } from '../../model/names.ts';
import { isInWindow } from '../../model/window.ts';
import type { Clients } from '../clients.ts';
import type { ServerTimes, SourceRebootOrder } from '../contract.ts';

const TIMES = `
SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000)::float8 AS started, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;

/** Asks the source's server. Throws `DatabaseUnreachable` while it is down. */
export async function serverTimes(
  { openSession }: Pick<Clients, 'openSession'>,
  { source, migration }: Pick<SourceRebootOrder, 'source' | 'migration'>,
): Promise<ServerTimes> {
  await using session = await openSession(source, { name: sessionName(migration, 0) });
  const [row] = await session.query<{ started: number; now: number }>(TIMES);
  if (row === undefined) throw new Error('a SELECT without FROM answered no row');
  return { startedAt: new Date(row.started).toISOString(), at: new Date(row.now).toISOString() };
}

/** Why the approval is no longer good at that time of the source's clock; null: it is. */
export function voidAt(at: string, { expiresAt, plan }: Pick<SourceRebootOrder, 'expiresAt' | 'plan'>): string | null {
  if (Date.parse(at) >= Date.parse(expiresAt)) return `the approved report expired at ${expiresAt}; it is ${at}`;
  const { rebootWindow: window } = plan.source;
  if (window === null || isInWindow(window, Date.parse(at))) return null;
  return `it is ${at}, outside source.rebootWindow: wanted ${window.days.join(', ')} ${window.from} to ${window.to} ${window.timezone}`;
}
