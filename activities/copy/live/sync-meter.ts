import type { LiveReport } from './live-progress.ts';
import type { FollowedTable } from './live-tally.ts';
import type { SyncedTable } from './sync-look.ts';

interface Metered extends FollowedTable {
  readonly rows: number;
}

/** Tells people of each table that is synced, by what one look after the other sees of it. */
export function syncMeter(
  left: readonly { readonly name: string; readonly bytes: number }[],
  progress: Pick<LiveReport, 'table' | 'fromHere'>,
): (tables: readonly SyncedTable[]) => void {
  const known = new Map(left.map((table) => [table.name, table]));
  const underWay = new Map<string, Metered>();
  let first = true;
  return (tables) => {
    for (const { name, state, rows, bytes } of tables) {
      const table = known.get(name);
      if (table === undefined || state === 'i') continue;
      const followed = underWay.get(name) ?? { ...progress.table(table), rows: 0 };
      // A COPY that began again begins to count again.
      followed.piece(Math.max(0, bytes - followed.bytes()), Math.max(0, rows - followed.rows));
      underWay.set(name, { ...followed, rows: Math.max(rows, followed.rows) });
      if (state !== 's' && state !== 'r') continue;
      followed.done(Math.max(rows, followed.rows));
      known.delete(name);
    }
    // It may have gone on for long while nobody looked.
    if (first) progress.fromHere();
    first = false;
  };
}
