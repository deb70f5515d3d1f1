import type { Finding } from './finding.ts';
import type { MigrationPlan } from './plan.ts';
import type { HandOverFacts } from './progress.ts';
import type { ParameterChange, SourceReboot } from './source-preparation.ts';

export type GateName = 'source-reboot' | 'cutover' | 'decommission';

/** Where a database is, in words for people. */
export interface Place {
  /** Instance or cluster identifier. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly engine: string;
}

interface GateReport {
  readonly schemaVersion: 1;
  readonly migration: string;
  /** Run id and round make the digest of every gate different: no signal of an earlier one opens a later one. */
  readonly run: string;
  readonly round: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly operator: string;
  readonly approvers: readonly string[];
  readonly separationOfDuties: boolean;
  readonly from: Place;
  readonly findings: readonly Finding[];
}

/** What the approver of the source's reboot is shown, before anything is made or changed. */
export interface SourceRebootReport extends GateReport {
  readonly gate: 'source-reboot';
  readonly changes: readonly ParameterChange[];
  /** The group the instance has now. */
  readonly parameterGroup: string;
  /** The group that is made to take its place, because AWS's own cannot be changed; null: its own is changed. */
  readonly newParameterGroup: string | null;
  /** Other instances with that group: they take the change with their next reboot. */
  readonly sharedWith: readonly string[];
  readonly multiAz: boolean;
  /** Names of modifications that wait for the maintenance window already: the reboot may apply them too. */
  readonly pending: readonly string[];
  readonly window: MigrationPlan['source']['rebootWindow'];
}

/** How long writes stood still, in one hand-over of the run. */
export type Pause = Pick<HandOverFacts, 'direction' | 'closedMs'>;

interface TowardsTarget {
  readonly to: Place;
  /** Of the hand-overs there were so far, in their order: a cutover may come again after a way back. */
  readonly pauses: readonly Pause[];
}

/** What the approver of the cutover is shown, and by its digest approves. */
export interface ReadinessReport extends GateReport, TowardsTarget {
  readonly gate: 'cutover';
  readonly strategy: MigrationPlan['strategy'];
  /** The source follows the target from the opening on, though the strategy alone does not say so; absent: it does not. */
  readonly feedsBack?: true;
  /** The rehearsal's duration of everything the fence will hold, in ms. */
  readonly predictedPauseMs: number;
  /** The interruption there has been already; absent: none. The total is both. */
  readonly sourceReboot?: SourceReboot;
  readonly maxWritePauseMs: number;
  readonly window: MigrationPlan['cutover']['window'];
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  /** Tables whose count or fingerprint differed between the source's snapshot and the copy; 0 or there is no gate. */
  readonly differences: number;
  readonly safetySnapshot: string;
  readonly switches: readonly { readonly name: string; readonly kind: string; readonly change: string }[];
}

/** What the approver of the decommission is shown: after it there is no way back. */
export interface DecommissionReport extends GateReport, TowardsTarget {
  readonly gate: 'decommission';
  readonly source: MigrationPlan['cleanup']['source'];
  readonly finalSnapshot: string | null;
  readonly keepAutomatedBackups: boolean;
  /** All there was of interruption, where the source was rebooted too: the reboot and the cutover's pause, in ms. */
  readonly interruptionMs?: number;
}

export type Report = SourceRebootReport | ReadinessReport | DecommissionReport;
