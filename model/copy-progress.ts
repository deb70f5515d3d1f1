/** What a copy says of itself while it runs, in its heartbeats. */
export interface CopyProgress {
  readonly stage: string;
  readonly tables: number;
  readonly tablesDone: number;
  readonly bytes: number;
  /** What a copy of the live database says besides; null: another kind of copy. */
  readonly live: LiveCopyProgress | null;
}

/** Sizes are those on the source, in bytes; what travels differs from them. */
export interface LiveCopyProgress {
  readonly ofBytes: number;
  readonly rows: number;
  readonly bytesPerSecond: number;
  /** Null until known. */
  readonly etaMs: number | null;
  /** What people should know of the stage; null: nothing. */
  readonly remark: string | null;
  readonly underWay: readonly {
    readonly table: string;
    readonly rows: number;
    readonly bytes: number;
    readonly ofBytes: number;
    readonly etaMs: number | null;
  }[];
}
