import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Login } from '../contract.ts';
import { failure } from '../failure.ts';

/**
 * Gives the planner statistics: a restored database has none, and its first queries would be planned blindly. ANALYZE passes
 * over what it may not read with a mere warning, so the result is looked at. Throws `DatabaseRefused` naming such tables.
 */
export async function analyzeTarget(
  clients: Clients,
  { migration, target, token = 0 }: { readonly migration: string; readonly target: Login; readonly token?: number },
): Promise<void> {
  await using session = await clients.openSession(target, {
    name: sessionName(migration, token),
    statementTimeoutMs: 0,
  });
  await session.query('ANALYZE');
  // -1: never looked at; partitioned and plain tables and materialised views alike.
  const blind = await session.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't' AND c.reltuples < 0 AND (c.relkind <> 'm' OR c.relispopulated)
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  if (blind.length === 0) return;
  const names = blind.slice(0, 5).map(({ name }) => name);
  throw failure('DatabaseRefused', `ANALYZE passed over ${blind.length} tables, first ${names.join(', ')}; wanted all`);
}
