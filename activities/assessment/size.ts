import type { Session } from '../clients.ts';

export interface Size {
  /** `15.18`, without what a distribution adds. */
  readonly version: string;
  readonly bytes: number;
  /** Ordinary and partitioned tables outside the system's schemas and ours. */
  readonly tables: number;
}

export async function readSize(session: Session): Promise<Size> {
  const [row] = await session.query<{ version: string; bytes: string; tables: string }>(`
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
           pg_database_size(current_database()) AS bytes,
           (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
               AND n.nspname NOT IN ('information_schema', 'daybreak')) AS tables`);
  return { version: row?.version ?? '', bytes: Number(row?.bytes ?? 0), tables: Number(row?.tables ?? 0) };
}
