import type { FeedNews } from '../../activities/contract.ts';
import { isWritable, type Custody } from '../../model/custody.ts';
import type { Finding } from '../../model/finding.ts';
import type { Progress } from '../../model/progress.ts';
import type { Report } from '../../model/report.ts';
import type { ActivityName } from '../../workflows/policies.ts';

/** When a fault strikes: before the deed, or after it with the answer lost. `inside` is behind the fence, before the commit. */
export interface Fault {
  readonly when: 'before' | 'after' | 'inside';
  /** Strikes this often, then never again. */
  times: number;
  /** Returning without a throw lets the deed, or its answer, stand. */
  readonly strike: () => void | Promise<void>;
}

/** Everything a migration can change, in memory. The fake activities of `fake-activities.ts` work on it. */
export interface World {
  readonly groups: Set<string>;
  readonly clusters: Set<string>;
  readonly instances: Set<string>;
  readonly snapshots: Set<string>;
  readonly staged: Set<string>;
  readonly switched: Set<string>;
  readonly production: Set<string>;
  claimedBy: string | null;
  source: Custody | null;
  target: Custody | null;
  sourceInstance: 'available' | 'stopped' | 'deleted';
  /** Whether the source's server runs with what strategy blue-green needs; `waiting` for a reboot. */
  sourceParameters: 'unset' | 'waiting' | 'set';
  sourceReboots: number;
  roles: readonly string[];
  workingCopy: boolean;
  copies: number;
  /** What stands of the replication between both sides, in the order it was made. */
  readonly replication: Set<'prepared' | 'closed' | 'following' | 'way back'>;
  differing: readonly string[];
  findings: readonly Finding[];
  trouble: string | null;
  feedNews: FeedNews;
  /** What has closed the way back. */
  wayBackTrouble: string | null;
  /** Hosts on which a comparison left its slot. */
  readonly trackers: Set<string>;
  /** The database lets the source follow the target after a cutover by a strategy that does not follow before. */
  feedsBack: boolean;
  /** Found when it is tried before the gate. */
  wayBackObstacle: string | null;
  writesAtRisk: number | null;
  windowClosed: boolean;
  readonly reports: Map<string, Report>;
  /** What the evidence store made of a report; history holds this one. */
  publishedAs: (report: Report) => Report;
  readonly outcomes: Progress[];
  /** Names of the activities called, in order, retries included. */
  readonly calls: string[];
  readonly faults: Map<ActivityName, Fault>;
}

export const newWorld = (): World => ({
  groups: new Set(['default.aurora-postgresql15']),
  clusters: new Set(['someone-elses-cluster']),
  instances: new Set(['someone-elses-instance']),
  snapshots: new Set(),
  staged: new Set(),
  switched: new Set(),
  production: new Set(),
  claimedBy: null,
  source: null,
  target: null,
  sourceInstance: 'available',
  sourceParameters: 'set',
  sourceReboots: 0,
  roles: [],
  workingCopy: false,
  copies: 0,
  replication: new Set(),
  differing: [],
  findings: [],
  trouble: null,
  feedNews: { trouble: null, stops: null, voids: null },
  wayBackTrouble: null,
  trackers: new Set(),
  feedsBack: false,
  wayBackObstacle: null,
  writesAtRisk: 0,
  windowClosed: false,
  reports: new Map(),
  publishedAs: (report) => report,
  outcomes: [],
  calls: [],
  faults: new Map(),
});

/** What an undone migration must leave as it was; only the safety snapshot and the evidence may stay. */
export const footprint = (world: World): object => ({
  groups: [...world.groups],
  clusters: [...world.clusters],
  instances: [...world.instances],
  staged: [...world.staged],
  switched: [...world.switched],
  production: [...world.production],
  claimedBy: world.claimedBy,
  source: world.source,
  target: world.target,
  sourceInstance: world.sourceInstance,
  sourceReboots: world.sourceReboots,
  roles: world.roles,
  workingCopy: world.workingCopy,
  replication: [...world.replication],
  trackers: [...world.trackers],
});

/** The sides whose clients may write; before a claim the source simply does. */
export const whoMayWrite = ({ source, target }: World): readonly string[] => [
  ...(source === null || isWritable(source) ? ['source'] : []),
  ...(target !== null && isWritable(target) ? ['target'] : []),
];
