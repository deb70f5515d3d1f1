import type { Finding } from './finding.ts';
import type { Gate } from './gate.ts';
import type { MigrationPlan } from './plan.ts';
import type { SectionName } from './phase.ts';
import type { SourceReboot } from './source-preparation.ts';
import type { UndoOutcome } from './undo.ts';

/** How a migration stands; the last eight are endings. `returned`: it went back to the source, and waits to be asked for another try. */
export const STATUSES = [
  'running',
  'paused',
  'waiting-for-approval',
  'held',
  'cutting-over',
  'soaking',
  'returned',
  'undoing',
  'rollback-blocked',
  'done',
  'refused',
  'rejected',
  'cancelled',
  'abandoned',
  'undone',
  'given-back',
  'rolled-back',
] as const;
export type Status = (typeof STATUSES)[number];
export type Ending = Extract<
  Status,
  'done' | 'refused' | 'rejected' | 'cancelled' | 'abandoned' | 'undone' | 'given-back' | 'rolled-back'
>;

export interface Step {
  /** The activity's name, or the name of a step inside the fenced section. */
  readonly name: string;
  /** In the words of the design, e.g. `create Aurora cluster mindmeasure-aurora`. */
  readonly label: string;
  readonly status: 'running' | 'done' | 'failed';
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly detail: string | null;
}

export interface Section {
  readonly name: SectionName;
  readonly status: 'pending' | 'running' | 'done' | 'failed' | 'undone' | 'skipped';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly steps: readonly Step[];
}

/** One message of a person, accepted or refused: the audit trail. */
export interface Decision {
  readonly at: string;
  readonly message: string;
  readonly by: string;
  readonly accepted: boolean;
  readonly reason: string | null;
  readonly comment: string | null;
}

/** What a hand-over of writes did; durations in ms. */
export interface HandOverFacts {
  readonly direction: 'source-to-target' | 'target-to-source';
  /** From the fence to the opening, on the giver's clock; the clients' own pause is a little longer. */
  readonly closedMs: number;
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
  readonly rowsVerified: number;
  readonly tables: number;
  /** WAL position of the giver after its fence was proved. */
  readonly fenceLsn: string;
  /** Row changes the taker will never see: 0 for a cutover; null where the server's statistics could not say. */
  readonly writesLost: number | null;
  /** What ended the attempt after it had committed, in words; what was left was done all the same. Absent: nothing did. */
  readonly completedAfter?: string;
}

/** The way back after the commit. */
export interface WayBack {
  /** The end of the soak; then, while the decommission waits, the end of its report: it stays open until that is approved. */
  readonly until: string;
  /** Row changes on the target that going back would lose; null while unknown. */
  readonly writesAtRisk: number | null;
  /** What endangers it, or has closed it already, in words; null: nothing was seen. */
  readonly trouble: string | null;
}

/** The one state of a migration: the workflow's memory, the `progress` query's answer, what every screen is drawn from. */
export interface Progress {
  readonly schemaVersion: 1;
  readonly migration: string;
  readonly run: string;
  readonly operator: string;
  readonly strategy: MigrationPlan['strategy'];
  readonly source: string;
  readonly target: string;
  readonly status: Status;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly sections: readonly Section[];
  /** What the run waits for and until when (ISO, UTC; null: no limit). */
  readonly waitingFor: null | { readonly what: string; readonly until: string | null };
  readonly held: null | {
    readonly step: string;
    readonly failure: string;
    readonly message: string;
    readonly answers: readonly string[];
  };
  readonly gate: Gate | null;
  readonly findings: readonly Finding[];
  readonly decisions: readonly Decision[];
  readonly undo: readonly UndoOutcome[];
  readonly handOvers: readonly HandOverFacts[];
  readonly wayBack: WayBack | null;
  /** The source will follow, or follows, the target after the cutover, though the strategy alone does not say so; absent: its database does not allow it, or the strategy says it. */
  readonly feedsBack?: boolean;
  /** What endangers the migration as long as the target follows the source, in words; null: nothing was seen. */
  readonly trouble: string | null;
  /** One sentence for people: why it ended or stands as it does. */
  readonly reason: string | null;
  /** Where the last report lies in the evidence store. */
  readonly evidence: string | null;
  /** What the source was given for good, and the interruption it cost; absent: it was found ready. */
  readonly sourceReboot?: SourceReboot;
}
