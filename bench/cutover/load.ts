/** Numbers of the load, so that each write is known by its client and its number there, 1, 2, 3, … */
export interface Acknowledged {
  readonly client: number;
  readonly number: number;
  /** When the client had the answer, ms since the epoch. */
  readonly atMs: number;
  /** From the moment the write was due, which is before it was sent if the client was held up, to the answer. */
  readonly tookMs: number;
}

/** What came of a load, once it has ended. */
export interface LoadRecord {
  /** In the order of their answers. */
  readonly acknowledged: readonly Acknowledged[];
  /** Writes a client was told were not done, and clients that gave up: when, ms since the epoch, and in which words. */
  readonly failed: readonly { readonly atMs: number; readonly message: string }[];
}

/** Clients that write all the time. */
export interface Load extends AsyncDisposable {
  /** Lets the writes under way end. */
  stop(): Promise<LoadRecord>;
}

/** How the clients write. */
export interface LoadOptions {
  /** Of the rows in the ledger: no two loads of one database have the same. */
  readonly run: number;
  readonly scale: number;
  readonly clients: number;
  /** Transactions a second, all clients together. */
  readonly rate: number;
}
