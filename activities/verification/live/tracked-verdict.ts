import { replicationNames, sessionName } from '../../../model/names.ts';
import type { Clients, Session } from '../../clients.ts';
import type { Sides, VerifyFacts } from '../../contract.ts';
import { publishedTables } from '../../replication/published-tables.ts';
import { sameLargeObjects } from '../large-objects.ts';
import { openTracker } from './fence-tracker.ts';

/**
 * Before a way back: both sides were equal when the target opened, and its tracker has told of every change since. Compares only what it
 * told of. Null where that does not settle it, and all rows have to be compared: the tracker is gone or began later, a table changed beyond what
 * is remembered, or something differs.
 */
export async function trackedVerdict(
  clients: Clients,
  { migration, source, target }: Sides,
  abort: AbortSignal,
): Promise<VerifyFacts | null> {
  const names = replicationNames(migration);
  const name = sessionName(migration, 0);
  await using onTarget = await clients.openSession(target, { name, statementTimeoutMs: 0 });
  if (!(await isTracked(onTarget, names.tracker))) return null;
  await using onSource = await clients.openSession(source, { name, statementTimeoutMs: 0 });
  if (!(await sameLargeObjects(onTarget, onSource))) return null;
  await using tracker = await openTracker(clients, {
    migration,
    giver: target,
    taker: source,
    feed: names.reverse,
    name,
  });
  const { differing, whole, settled } = await tracker.settle(abort);
  if (differing.length > 0 || whole.length > 0) return null;
  const tables = (await publishedTables(onTarget)).length;
  return { tables, rows: settled, differing: [], differences: 0 };
}

/** The opening says so of a tracker that stood then; the server may have given it up since. */
async function isTracked(target: Session, slot: string): Promise<boolean> {
  const [row] = await target.query<{ tracked: boolean }>(
    `SELECT tracked AND state = 'taken' AND EXISTS (SELECT FROM pg_replication_slots
              WHERE slot_name = $1 AND wal_status IS DISTINCT FROM 'lost') AS tracked FROM daybreak.custody`,
    [slot],
  );
  return row?.tracked === true;
}
