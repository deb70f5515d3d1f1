/** What a snapshot does not see: transactions that ran, and those from `next` on; low 32 bits of their ids. */
export interface Unseen {
  readonly running: ReadonlySet<number>;
  readonly next: number;
}

/**
 * Transactions by their commit record's LSN. A commit record is in the log, and may even be applied on the other side, moments
 * before its transaction shows in snapshots: who compares snapshots by LSN alone would take that for a difference.
 */
export interface RecentTransactions {
  add(xid: number, lsn: bigint): void;
  /** LSN of the first that the snapshot does not see; null: it sees all. */
  firstUnseen(unseen: Unseen): bigint | null;
}

/** So many others never come between a commit record and the moment its transaction shows. */
const REMEMBERED = 10_000;

export function recentTransactions(): RecentTransactions {
  const transactions = new Map<number, bigint>();
  return {
    add: (xid, lsn) => {
      transactions.delete(xid);
      transactions.set(xid, lsn);
      const [oldest] = transactions.keys();
      if (transactions.size > REMEMBERED && oldest !== undefined) transactions.delete(oldest);
    },
    firstUnseen: ({ running, next }) => {
      let first: bigint | null = null;
      for (const [xid, lsn] of transactions) {
        // Ids turn over at 2^32: those less than half a turn ahead come later.
        const later = (xid - next) >>> 0 < 2 ** 31;
        if ((later || running.has(xid)) && (first === null || lsn < first)) first = lsn;
      }
      return first;
    },
  };
}

/** Reads the text of a `pg_snapshot`: `xmin:xmax:running,…`. */
export function unseenBy(snapshot: string): Unseen {
  const [, next, running = ''] = snapshot.split(':');
  const low = (id: string): number => Number(BigInt(id) & 0xffffffffn);
  if (next === undefined) throw new Error(`found snapshot ${JSON.stringify(snapshot)}; wanted xmin:xmax:list`);
  return { next: low(next), running: new Set(running === '' ? [] : running.split(',').map(low)) };
}
