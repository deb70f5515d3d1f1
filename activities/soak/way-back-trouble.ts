import { replicationNames, sessionName } from '../../model/names.ts';
import type { Clients, Session } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { slotHealth, type SlotHealth } from '../replication/slot-health.ts';

/** The source may lag this much before a person hears of it: an hour of a busy day, or a worker that does not get on. */
const FAR_BEHIND_BYTES = 1024 ** 3;

export interface WayBackTrouble {
  /** Without a changing figure. */
  readonly words: string;
  /** Going back by the feed loses nothing only as long as this is false: true is for good, or until people mend it. */
  readonly lost: boolean;
}

/** What endangers the way back, or has closed it: the slot on the target, the apply worker on the source, a schema changed on one side only. */
export async function wayBackTrouble(
  clients: Clients,
  { migration, source, target }: Sides,
): Promise<WayBackTrouble[]> {
  const name = sessionName(migration, 0);
  const { reverse } = replicationNames(migration);
  await using onTarget = await clients.openSession(target, { name });
  await using onSource = await clients.openSession(source, { name });
  const slot = slotTrouble(await slotHealth(onTarget, reverse));
  const changed = await changedTables(onSource, onTarget);
  return [
    ...(slot === null ? [] : [slot]),
    ...(changed.length === 0
      ? []
      : [
          lost(
            `the way back is lost with the next write to them: the schema of ${changed.join(', ')} differs between both sides`,
          ),
        ]),
  ];
}

const lost = (words: string): WayBackTrouble => ({ words, lost: true });
const endangered = (words: string): WayBackTrouble => ({ words, lost: false });

function slotTrouble(slot: SlotHealth | null): WayBackTrouble | null {
  if (slot === null) return lost('the way back is lost: the slot of the reverse feed is gone');
  if (slot.walStatus === 'lost')
    return lost('the way back is lost: the target has let go of changes the source never saw');
  if (slot.walStatus === 'unreserved')
    return endangered('the way back is about to be lost: the target keeps too much of its log for it');
  // A worker that cannot apply a change ends at once and again: nobody reads most of the time. Counted errors would tell of lost
  // connections too, and for ever.
  if (!slot.active)
    return endangered(
      "the source does not follow: nobody reads the reverse feed, and the target keeps its log; the source's log says why",
    );
  return (slot.lagBytes ?? 0) > FAR_BEHIND_BYTES ? endangered('the source follows more than 1 GiB behind') : null;
}

/** As many as a person reads. */
const NAMED = 10;

async function changedTables(one: Session, other: Session): Promise<string[]> {
  const [here, there] = await Promise.all([columnsOf(one), columnsOf(other)]);
  const names = new Set([...here.keys(), ...there.keys()]);
  return [...names].filter((name) => here.get(name) !== there.get(name)).slice(0, NAMED);
}

/** What logical replication matches by: names and types of the columns of every table. */
async function columnsOf(session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ name: string; columns: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name,
            coalesce(string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ',' ORDER BY a.attname), '') AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak')
      GROUP BY 1 ORDER BY 1`,
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}
