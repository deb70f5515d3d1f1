import { replicationNames, sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { feeds, type Feed } from './feed.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { publishedTables } from './published-tables.ts';
import { publishEverything } from './publishing-side.ts';
import { ensureReplicationRole } from './replication-role.ts';
import { installSentinels } from './sentinel-schema.ts';

/**
 * Makes on both sides the replication role and the sentinel tables, and on the source the publication `forward` with every table that
 * can change. Repeated before the slot exists it takes up tables made since; from the slot on it leaves the publication alone, which
 * the copy and the cutover rely on. Needs schema `daybreak` on both sides. Throws `AssessmentRefused` for a table without identity.
 */
export async function prepareReplication(
  clients: Pick<Clients, 'openSession'>,
  { migration, source, target }: Sides,
): Promise<{ readonly tables: number }> {
  const name = sessionName(migration, 0);
  const { role } = replicationNames(migration);
  const { forward } = feeds(migration);
  await using from = await clients.openSession(source, { name });
  await using to = await clients.openSession(target, { name });
  for (const side of [from, to])
    await oneAtATime(side, role, async () => {
      await installSentinels(side);
      await ensureReplicationRole(side, role);
    });
  return await oneAtATime(from, role, () => publishForward(from, forward));
}

async function publishForward(source: Session, forward: Feed): Promise<{ tables: number }> {
  return await source.transaction(async () => {
    const relied = await source.query(
      `SELECT FROM pg_replication_slots WHERE slot_name = $1 AND EXISTS (SELECT FROM pg_publication WHERE pubname = $1)`,
      [forward.name],
    );
    if (relied.length === 0) await publishEverything(source, forward);
    return { tables: (await publishedTables(source)).length };
  });
}
