import type { Progress } from '../../model/progress.ts';

/** How Temporal itself sees the run; `null` progress with a reason is normal while no worker is up. */
export interface RunView {
  /** Workflow id. */
  readonly id: string;
  /** Run id. */
  readonly run: string;
  /** Temporal's word: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`, … */
  readonly execution: string;
  readonly progress: Progress | null;
  /** Why `progress` could not be read. */
  readonly silence: string | null;
  readonly activities: readonly PendingActivity[];
}

/** An activity that has not finished: what Temporal knows without asking the worker. */
export interface PendingActivity {
  readonly name: string;
  /** 1 on the first try. */
  readonly attempt: number;
  /** Why the last attempt ended; a "not yet" carries the awaited status here. */
  readonly lastFailure: string | null;
  /** ISO, UTC; null while an attempt runs. */
  readonly nextAttemptAt: string | null;
  /** Somebody paused it with `temporal activity pause`. */
  readonly paused: boolean;
  readonly copy: CopyProgress | null;
}

/** What a copy says in its heartbeats. */
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
  readonly underWay: readonly {
    readonly table: string;
    readonly rows: number;
    readonly bytes: number;
    readonly ofBytes: number;
    readonly etaMs: number | null;
  }[];
}
