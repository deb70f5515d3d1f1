import type { Custody } from '../model/custody.ts';
import type { Finding } from '../model/finding.ts';
import type { MigrationPlan, RolePlan } from '../model/plan.ts';
import type { SecretRef, SwitchPlan } from '../model/plan-values.ts';
import type { HandOverFacts, Progress } from '../model/progress.ts';
import type { Report } from '../model/report.ts';
import type { ParameterChange, SourcePreparation } from '../model/source-preparation.ts';
import type { HandOverPreview } from '../model/rollback-preview.ts';

/**
 * The activities: names and shapes are frozen, histories hold them. Each takes one object, returns small facts, is idempotent
 * ("ensure": describe first, adopt only what carries our tag and matches) and throws failures of `model/failure.ts` only.
 */

/** How to log in to one side as the role Daybreak works as. The password is a reference, resolved on the worker at use. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: SecretRef;
}
export interface Sides {
  readonly migration: string;
  readonly source: Login;
  readonly target: Login;
}
export interface Owner {
  readonly migration: string;
  readonly plan: MigrationPlan;
}

export interface Assessment {
  readonly findings: readonly Finding[];
  readonly source: Login;
  /** Full server version, e.g. `15.18`. */
  readonly sourceVersion: string;
  /** The exact Aurora version the plan's `engineVersion` resolves to. */
  readonly targetVersion: string;
  readonly sourceBytes: number;
  readonly tables: number;
  /** What a change of parameters and a reboot of the source have to mend first; absent: nothing. */
  readonly preparation?: SourcePreparation;
  /** The source may follow the target after a cutover by a strategy that does not follow before; absent: it may not. */
  readonly feedsBack?: true;
}

/** Whether the run was approved with a way back that loses nothing, where the strategy alone does not tell. */
export interface WayBackFound {
  readonly feedsBack?: true;
}

/** An approval that is no longer good when it is used is an answer and no failure: people are asked again. */
export type UnlessVoid<Result> = Result | { readonly void: string };

/** The source's server as it runs: when it started, and its own time now; ISO 8601, UTC. */
export interface ServerTimes {
  readonly startedAt: string;
  readonly at: string;
}

/** A reboot of the source that was approved. */
export interface SourceRebootOrder extends Owner {
  readonly source: Login;
  /** Of the approved report; looked at on the source's clock, together with the plan's window. */
  readonly expiresAt: string;
}

export interface CopyFacts {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface VerifyFacts {
  readonly tables: number;
  /** Compared now: all there are, or before a way back those that changed since the opening. */
  readonly rows: number;
  /** Names of tables that differ, at most 20; counts only, never a row. */
  readonly differing: readonly string[];
  readonly differences: number;
}

export interface HandOver extends Sides, WayBackFound {
  readonly plan: MigrationPlan;
  /** Identifies this hand-over in custody: the digest approved, or `rollback:<run>:<n>`. */
  readonly handOver: string;
  /** The approval, checked again at use against the source's clock; null for a rollback. */
  readonly expiresAt: string | null;
  /** Aurora's version, where the fenced section makes the cluster itself. */
  readonly engineVersion?: string;
}

export interface CustodyPair {
  readonly source: Custody | null;
  readonly target: Custody | null;
}

/** What the watch of a feed has to say to people, and to the run; null: nothing. */
export interface FeedNews {
  /** In words without a changing figure, with what stands in the other two. */
  readonly trouble: string | null;
  /** The source is in danger: everything has to be undone. */
  readonly stops: string | null;
  /** What was verified is not so any more: a report of it is worth nothing. */
  readonly voids: string | null;
}

/** Strategy `blue-green`: the rows travel while the application writes, and follow it until the fence and after it. */
export interface LiveActivities {
  /**
   * On both sides, while the application writes: the replication role with a new random password, the sentinel tables, and the publication
   * `replicationNames().forward` with every table that can change. Safe to repeat; never touches a publication that carries rows already.
   */
  prepareReplication(input: Sides): Promise<{ readonly tables: number }>;
  /** Slot `forward` and its leased snapshot, schema, rows, indexes, constraints, ANALYZE. Goes on where an earlier attempt ended. */
  copyLive(input: Sides & { readonly plan: MigrationPlan; readonly run: string }): Promise<CopyFacts>;
  /**
   * Every table of the target refuses writes but the subscription's, until the opening: a staged application may look, not touch. Opens
   * its doors where an earlier hand-over, or a try of one, left them shut.
   */
  closeTarget(input: Sides): Promise<void>;
  /** Subscription `forward` on the target, from the slot's snapshot on, enabled; ends the snapshot's lease. */
  followSource(input: Sides): Promise<void>;
  /** Until the target is within `maxLagBytes` of the source: one look an attempt, `ResourceNotReady` (benign) with the lag in words. */
  awaitCatchUp(input: Sides & { readonly maxLagBytes: number }): Promise<{
    readonly lagBytes: number;
    /** How long one change took from its commit on the source to its arrival on the target, just now. */
    readonly tripMs: number;
  }>;
  /**
   * Compares all rows of both sides while they move, or, where the opening left both equal and tracked, what changed since; a difference is a finding. Leaves the tracker's slot, on the side that has the writes, at "verified up to".
   */
  verifyLive(input: Sides & { readonly direction: HandOverFacts['direction'] }): Promise<VerifyFacts>;
  /**
   * From `prepareReplication` to the cutover: what following the source costs it, and whether the target still is what was verified, for
   * which it carries the last `verifyLive` along. Ends only with news, else benign retry; trouble alone is no news before `quietMs`.
   */
  watchFeeds(
    input: Sides & { readonly plan: MigrationPlan; readonly known: FeedNews; readonly quietMs: number },
  ): Promise<FeedNews>;
  /** Ends the tracker's slot on a side that gave its writes away. */
  dropTracker(input: { readonly migration: string; readonly side: Login }): Promise<'undone' | 'absent'>;
  /** Where the way back is made behind the fence: what keeps the source from following the target, in words; null: nothing. */
  tryWayBack(input: Sides): Promise<{ readonly obstacle: string | null }>;
  /** The way back, armed: publication, slot and subscription `reverse`, streaming a sentinel only. */
  armReverse(input: Sides): Promise<void>;
  /**
   * Stands by beside a hand-over whose clients a pooler holds: lets them go on when the hand-over is over, given back or past its deadline,
   * whoever died. Ends when it is over, or cancelled; answers the switches it resumed.
   */
  guardPoolers(
    input: HandOver & { readonly direction: HandOverFacts['direction'] },
  ): Promise<{ readonly resumed: readonly string[] }>;
  /** Ends both directions and the tracker: subscriptions, slots, publications, the role; `absent` where there was nothing. */
  dropReplication(input: Sides): Promise<'undone' | 'absent'>;
}

/** Strategies `replica` and `snapshot`: the target is made of the source's files. */
export interface PhysicalActivities {
  /** Until the replica is within `maxLagBytes` of the source: one look an attempt, `ResourceNotReady` (benign) with the lag in words. */
  awaitReplay(input: Sides & { readonly maxLagBytes: number }): Promise<{ readonly lagBytes: number }>;
  /** Makes a rehearsal harmless before anybody uses it: its subscriptions dropped, their slots untouched, its custody `closed`. */
  takeOverRehearsal(input: Sides): Promise<void>;
  /** Reads every row of the copy and compares its tables and columns with the source's; the rows are compared behind the fence. */
  readCopy(input: Sides & { readonly jobs: number }): Promise<VerifyFacts & { readonly bytes: number }>;
  /** After the commit: parameters that kept the copied subscriptions asleep are the plan's again, from the next restart on. */
  freeParameters(input: Owner): Promise<void>;
}

export interface Activities extends LiveActivities, PhysicalActivities {
  // setup
  /** All checks, one report; throws only if it could not look. */
  assess(input: Owner & { readonly run: string }): Promise<Assessment>;
  /**
   * Gives the source's parameter group these values; where the instance has AWS's own, which cannot be changed, makes one beside it. Nothing
   * takes effect before the reboot. Answers the server's times after it.
   */
  ensureSourceParameters(
    input: SourceRebootOrder & { readonly changes: readonly ParameterChange[] },
  ): Promise<UnlessVoid<ServerTimes>>;
  /**
   * Reboots the source unless its server has started since `prepared`, or is about to: never twice for one approval. `since`: the source's
   * clock before the call, or that of `prepared` where an earlier attempt made it.
   */
  rebootSource(
    input: SourceRebootOrder & { readonly prepared: ServerTimes },
  ): Promise<UnlessVoid<{ readonly since: string }>>;
  /** Until it is `available` and its server a new one: one look an attempt. `interruptionMs`: from `since` to the server's start. */
  awaitSourceRebooted(
    input: Omit<SourceRebootOrder, 'expiresAt'> & { readonly prepared: ServerTimes; readonly since: string },
  ): Promise<{ readonly rebootedAt: string; readonly interruptionMs: number }>;
  /** Makes schema `daybreak` and the custody row (`open`) on the source; refuses another run's: `CustodyHeldElsewhere`. */
  claimSource(input: { readonly migration: string; readonly run: string; readonly source: Login }): Promise<void>;
  /** Drops schema `daybreak` on the source; only while custody is `open` or absent, and never another run's claim (`absent`). */
  releaseSource(input: {
    readonly migration: string;
    readonly run: string;
    readonly source: Login;
  }): Promise<'undone' | 'absent'>;
  ensureParameterGroup(input: Owner & { readonly engineVersion: string }): Promise<void>;
  /** `snapshot`: what strategy `snapshot` restores it from; the other strategies name none. */
  ensureCluster(input: Owner & { readonly engineVersion: string; readonly snapshot?: string }): Promise<void>;
  /** One describe an attempt; `ResourceNotReady` (benign) until `available`. */
  awaitCluster(input: Owner): Promise<{ readonly host: string; readonly port: number; readonly password: SecretRef }>;
  ensureInstance(input: Owner & { readonly instance: string }): Promise<void>;
  awaitInstance(input: Owner & { readonly instance: string }): Promise<void>;
  /** Logs in and asks the server for its version: `available` is AWS's word, this is ours. */
  probeTarget(input: { readonly target: Login }): Promise<{ readonly version: string }>;
  deleteInstance(input: Owner & { readonly instance: string }): Promise<'undone' | 'absent'>;
  deleteCluster(input: Owner & { readonly cluster: string }): Promise<'undone' | 'absent'>;
  deleteParameterGroup(input: Owner & { readonly name: string }): Promise<'undone' | 'absent'>;

  // data
  ensureSnapshot(
    input: Owner & { readonly snapshot: string; readonly purpose: 'safety' | 'cutover' | 'final' },
  ): Promise<void>;
  awaitSnapshot(input: Owner & { readonly snapshot: string }): Promise<void>;
  /** Only one that was taken behind a fence. */
  deleteSnapshot(input: Owner & { readonly snapshot: string }): Promise<'undone' | 'absent'>;
  /** Roles with their attributes, memberships and passwords; makes schema `daybreak` and custody `closed` on the target. */
  prepareTarget(input: Sides & { readonly run: string; readonly roles: readonly RolePlan[] }): Promise<void>;
  /** `pg_dump -Fd -j` of one snapshot and `pg_restore -j`; also keeps the snapshot's fingerprints in `daybreak.fingerprint` on the target. */
  copyDatabase(input: Sides & { readonly jobs: number; readonly roles: readonly RolePlan[] }): Promise<CopyFacts>;
  /** Settings and grants pg_dump leaves out: database ACL, per-role and per-database settings. */
  carryRoles(input: Sides & { readonly roles: readonly RolePlan[] }): Promise<void>;
  analyzeTarget(input: { readonly migration: string; readonly target: Login }): Promise<void>;
  /** Removes the dump folder of this migration from the worker's scratch space. */
  dropWorkingCopy(input: { readonly migration: string }): Promise<'undone' | 'absent'>;

  // application
  stageSwitch(input: Sides & { readonly switch: SwitchPlan }): Promise<{ readonly change: string }>;
  unstageSwitch(input: Sides & { readonly switch: SwitchPlan }): Promise<'undone' | 'absent'>;
  /** Undoes a switch that was thrown: idempotent, verified. */
  revertSwitch(input: Sides & { readonly switch: SwitchPlan }): Promise<'undone' | 'absent'>;

  // verification
  /** Compares the copy on the target with the fingerprints of the snapshot it was made from. */
  verifyCopy(input: Sides): Promise<VerifyFacts>;
  /** `staged` asks `stagedUrl`s, otherwise the public `url`s; throws `HealthFailed` naming the check and what it found. */
  checkHealth(input: Sides & { readonly plan: MigrationPlan; readonly staged: boolean }): Promise<void>;
  /**
   * Writes a report, content-addressed by its digest; returns where it lies, and the report as written: the gate is opened on what
   * history holds, never on what a replay would compute again.
   */
  publishReport(input: {
    readonly digest: string;
    readonly report: Report;
  }): Promise<{ readonly location: string; readonly report: Report }>;
  publishOutcome(input: { readonly progress: Progress }): Promise<{ readonly location: string }>;

  // cutover: queue `daybreak-cutover`, a process of its own
  /** Fence → final copy → verification → sequences → switch → commit → opening. The workflow never believes its result: it reads custody. */
  cutOver(input: HandOver): Promise<HandOverFacts>;
  /** Takes custody under a higher token and ends the hand-over: gives back what is fenced, completes what is given, leaves the rest. */
  settleHandOver(input: HandOver & { readonly direction: HandOverFacts['direction'] }): Promise<CustodyPair>;
  /**
   * The same with the sides exchanged, without a copy. Where the source did not follow, writes taken by the target since the opening are
   * lost: without `acceptLoss` one that is counted behind the fence gives the writes back (`WritesGivenBack`).
   */
  rollBack(input: HandOver & { readonly acceptLoss: boolean }): Promise<HandOverFacts>;
  readCustody(input: Sides): Promise<CustodyPair>;
  /**
   * What going back would do and cost now. Changes nothing but for a sentinel of its own, sent to measure how fast the source follows;
   * what it cannot look at is trouble, except on the target: without that throws `DatabaseUnreachable`.
   */
  previewRollback(input: Sides & WayBackFound & { readonly plan: MigrationPlan }): Promise<HandOverPreview>;
  /** Tags cluster and instances `daybreak:role=production`. */
  markProduction(input: Owner): Promise<void>;
  /** Takes that tag off again; refuses (`CustodyHeldElsewhere`) unless custody says that the source has the writes. */
  unmarkProduction(input: Owner & Pick<Sides, 'source'>): Promise<'undone' | 'absent'>;

  // soak and cleanup
  /** Ends only when what a person should know has changed from `known`; otherwise benign retry. */
  watchSoak(input: Sides & WayBackFound & { readonly plan: MigrationPlan; readonly known: string | null }): Promise<{
    readonly trouble: string | null;
    /** The part of it that endangers the way back, or has closed it. */
    readonly wayBack: string | null;
  }>;
  /** Stops or deletes the source by the plan; `keep` only reports. Deletes with automated backups as the plan says. */
  retireSource(input: Owner & { readonly finalSnapshot: string | null }): Promise<void>;
  awaitSourceRetired(input: Owner): Promise<void>;
  /** Drops schema `daybreak` on the target and, where the source still answers, leaves the source fenced. */
  dropBookkeeping(input: Sides): Promise<'undone' | 'absent'>;
}
