/** One switch that going back would turn. */
export interface SwitchBack {
  readonly name: string;
  readonly kind: string;
  /** From where to where it would point, as `host:port/database → host:port/database`. */
  readonly change: string;
}

/** What a rollback after the commit would do now; bytes, and durations in ms. */
export interface HandOverPreview {
  /** WAL the source has not confirmed yet; null where it does not follow, or that could not be read. */
  readonly lagBytes: number | null;
  /** How long a change took just now from the target to the source; null where none arrived. */
  readonly tripMs: number | null;
  /** For how long writes would stop; null where nothing measured says so. */
  readonly predictedPauseMs: number | null;
  readonly switches: readonly SwitchBack[];
  /** The feed cannot carry all writes back any more: only a rollback that accepts the loss can succeed. */
  readonly lost: boolean;
  /** Row changes on the target that would be lost: 0 where all are carried back; else all since it opened; null: the statistics were reset. */
  readonly writesLost: number | null;
  readonly troubles: readonly string[];
}

/** The answer to `daybreak rollback --dry-run`, wherever the run stands. */
export type RollbackPreview =
  | ({ readonly kind: 'hand-over' } & HandOverPreview)
  /** Before the commit: what would be undone, in this order. */
  | { readonly kind: 'undo'; readonly undone: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };
