import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { PhysicalActivities, VerifyFacts } from '../contract.ts';
import { fingerprintAll, type Fingerprint } from './fingerprint.ts';
import { withHashSessions } from './hash-sessions.ts';
import { tablesToHash } from './table-list.ts';
import { compare, type VerifySignals } from './verify-copy.ts';

type Input = Parameters<PhysicalActivities['readCopy']>[0];

/**
 * What can be said of a copy of the source's files while the source goes on: that it has the same tables with the same columns, and that
 * each of its rows can be read. A table whose columns differ is a difference. Which rows it has is proved behind the fence.
 */
export async function readCopy(
  { openSession }: Pick<Clients, 'openSession'>,
  { migration, source, target, jobs }: Input,
  { abort = new AbortController().signal, onTable = () => undefined }: VerifySignals = {},
): Promise<VerifyFacts & { readonly bytes: number }> {
  const name = sessionName(migration, 0);
  await using onSource = await openSession(source, { name });
  const wanted = (await tablesToHash(onSource)).map(shapeOf);
  const open = () => openSession(target, { name, statementTimeoutMs: 0 });
  return await withHashSessions(open, jobs, abort, async (sessions) => {
    const [session] = sessions;
    const found = session === undefined ? [] : (await tablesToHash(session)).map(shapeOf);
    const { differing, differences } = compare(wanted, found);
    const prints = await fingerprintAll(sessions, onTable);
    const [size] = session === undefined ? [] : await session.query<{ bytes: string }>(SIZE);
    const rows = prints.filter(({ kind }) => kind === 'table').reduce((sum, print) => sum + Number(print.rows), 0);
    return { tables: found.length, rows, differing, differences, bytes: Number(size?.bytes ?? 0) };
  });
}

const SIZE = 'SELECT pg_database_size(current_database()) AS bytes';

/** A table as the fingerprint of its columns: two that are hashed alike are alike. */
const shapeOf = ({ schema, table, expressions }: Awaited<ReturnType<typeof tablesToHash>>[number]): Fingerprint => ({
  kind: 'table',
  schema,
  table,
  rows: '0',
  hash: expressions.join(','),
});
