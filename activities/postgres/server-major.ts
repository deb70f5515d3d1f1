import type { Session } from '../clients.ts';

/** Major version of the server, e.g. 15. */
export async function serverMajor(session: Session): Promise<number> {
  const [row] = await session.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version`,
  );
  return row?.version ?? 0;
}
