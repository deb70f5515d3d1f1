import type { LiveProgress, TableProgress } from './live-progress.ts';

interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

interface SizedTable {
  readonly name: string;
  readonly bytes: number;
}

export interface FollowedTable {
  readonly piece: (bytes: number, rows: number) => void;
  /** Bytes so far. */
  readonly bytes: () => number;
  /** `rows`: exactly, for in binary format the pieces are two more. */
  readonly done: (rows: number) => void;
}

/** Counts what a live copy has done and does. */
export interface LiveTally {
  /** All tables, and what earlier attempts did of each. */
  readonly plan: (tables: readonly SizedTable[], done: (table: SizedTable) => Amount | undefined) => void;
  /** Follows one table; its `done` counts it. */
  readonly table: (table: SizedTable) => FollowedTable;
  /** What was seen until here says nothing of the rate from here on. */
  readonly fromHere: () => void;
  readonly look: () => Omit<LiveProgress, 'stage' | 'remark'>;
}

/** Of finished tables; `size` is measured on the source, `bytes` on the wire. */
interface Sums extends Amount {
  readonly tablesDone: number;
  readonly size: number;
}

/** `now` in ms, of a clock that never goes back. */
export function liveTally(now = (): number => performance.now()): LiveTally {
  let total = { tables: 0, ofBytes: 0 };
  let sums: Sums = { tablesDone: 0, rows: 0, bytes: 0, size: 0 };
  /** What earlier attempts did says nothing of today's rate. */
  let before = { sums, at: now() };
  const underWay = new Map<string, UnderWay>();
  const count = ({ bytes: size }: SizedTable, { rows, bytes }: Amount): void => {
    sums = {
      tablesDone: sums.tablesDone + 1,
      rows: sums.rows + rows,
      bytes: sums.bytes + bytes,
      size: sums.size + size,
    };
  };
  return {
    plan: (tables, done) => {
      total = { tables: tables.length, ofBytes: tables.reduce((sum, { bytes }) => sum + bytes, 0) };
      for (const table of tables) {
        const mark = done(table);
        if (mark !== undefined) count(table, mark);
      }
      before = { sums, at: now() };
    },
    table: (table) => followed(table, underWay, { now, count: (amount) => count(table, amount) }),
    fromHere: () => {
      before = { sums: { ...sums, ...travelled([...underWay.values()], sums) }, at: now() };
    },
    look: () => ({
      ...total,
      ...rates(
        [...underWay.values()].map((table) => withEta(table, now())),
        { sums, before: before.sums, ...total },
        now() - before.at,
      ),
    }),
  };
}

/** `at`: when its copy began. */
interface UnderWay extends Omit<TableProgress, 'etaMs'> {
  readonly at: number;
}

/** A table that outgrew its size on the source, as text does what lies compressed there, says nothing of its end. */
function withEta({ at, ...table }: UnderWay, now: number): TableProgress {
  const { bytes, ofBytes } = table;
  const known = bytes > 0 && bytes < ofBytes;
  return { ...table, etaMs: known ? Math.round(((ofBytes - bytes) / bytes) * (now - at)) : null };
}

function followed(
  table: SizedTable,
  underWay: Map<string, UnderWay>,
  { now, count }: { readonly now: () => number; readonly count: (amount: Amount) => void },
): FollowedTable {
  const at = now();
  let seen: Amount = { rows: 0, bytes: 0 };
  const piece = (bytes: number, rows: number): void => {
    seen = { rows: seen.rows + rows, bytes: seen.bytes + bytes };
    underWay.set(table.name, { table: table.name, ...seen, ofBytes: table.bytes, at });
  };
  piece(0, 0);
  return {
    piece,
    bytes: () => seen.bytes,
    done: (rows) => {
      underWay.delete(table.name);
      count({ rows, bytes: seen.bytes });
    },
  };
}

/** With the tables under way, none of which counts for more than its size. */
const travelled = (
  underWay: readonly Pick<TableProgress, 'bytes' | 'ofBytes'>[],
  sums: Sums,
): Pick<Sums, 'bytes' | 'size'> => ({
  bytes: underWay.reduce((sum, table) => sum + table.bytes, sums.bytes),
  size: underWay.reduce((sum, table) => sum + Math.min(table.bytes, table.ofBytes), sums.size),
});

function rates(
  underWay: readonly TableProgress[],
  { sums, before, ofBytes }: { readonly sums: Sums; readonly before: Sums; readonly ofBytes: number },
  elapsedMs: number,
): Omit<LiveProgress, 'stage' | 'remark' | 'tables' | 'ofBytes'> {
  const { bytes, size } = travelled(underWay, sums);
  const sizeNow = size - before.size;
  return {
    tablesDone: sums.tablesDone,
    bytes,
    rows: underWay.reduce((sum, table) => sum + table.rows, sums.rows),
    bytesPerSecond: elapsedMs > 0 ? Math.round((bytes - before.bytes) / (elapsedMs / 1000)) : 0,
    etaMs: sizeNow > 0 ? Math.round(((ofBytes - size) / sizeNow) * elapsedMs) : null,
    underWay,
  };
}
