import type { CopyProgress } from '../../model/copy-progress.ts';
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
  /** What a copy says in its heartbeats. */
  readonly copy: CopyProgress | null;
}
