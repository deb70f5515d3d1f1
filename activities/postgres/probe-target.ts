import type { Clients } from '../clients.ts';
import type { Login } from '../contract.ts';

/** Logs in to a server AWS calls available and asks for its version, e.g. `15.18`. Throws `DatabaseUnreachable` until it answers. */
export async function probeTarget(
  { openSession }: Pick<Clients, 'openSession'>,
  { target }: { readonly target: Login },
): Promise<{ version: string }> {
  await using session = await openSession(target, { name: 'daybreak/probe' });
  const [row] = await session.query<{ version: string }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`,
  );
  return { version: row?.version ?? '' };
}
