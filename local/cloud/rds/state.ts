import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  DBCluster,
  DBClusterMember,
  DBClusterSnapshot,
  DBInstance,
  DBInstanceAutomatedBackup,
  DBSnapshot,
  Event,
} from '@aws-sdk/client-rds';
import { sync as writeFileAtomicSync } from 'write-file-atomic';
import type { Job } from './job.ts';

/** `T` with the members that every record of ours has. */
type Known<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };

export type InstanceShape = Known<
  DBInstance,
  | 'DBInstanceIdentifier'
  | 'DBInstanceArn'
  | 'DBInstanceStatus'
  | 'DBInstanceClass'
  | 'DbiResourceId'
  | 'Engine'
  | 'EngineVersion'
  | 'MasterUsername'
  | 'DBParameterGroups'
  | 'BackupRetentionPeriod'
  | 'TagList'
>;
export type ClusterShape = Known<
  Omit<DBCluster, 'DBClusterMembers'>,
  | 'DBClusterIdentifier'
  | 'DBClusterArn'
  | 'DbClusterResourceId'
  | 'Status'
  | 'Engine'
  | 'EngineVersion'
  | 'MasterUsername'
  | 'DBClusterParameterGroup'
  | 'Port'
  | 'TagList'
> & { DBClusterMembers: Known<DBClusterMember, 'DBInstanceIdentifier' | 'IsClusterWriter'>[] };
export type SnapshotShape = Known<
  DBSnapshot,
  'DBSnapshotIdentifier' | 'DBSnapshotArn' | 'DBInstanceIdentifier' | 'Status' | 'TagList'
>;
export type ClusterSnapshotShape = Known<
  DBClusterSnapshot,
  'DBClusterSnapshotIdentifier' | 'DBClusterSnapshotArn' | 'DBClusterIdentifier' | 'Status' | 'TagList'
>;

/** Parameter values by name, as the parameter groups spell them. */
export type ParameterValues = Readonly<Record<string, string>>;

export type InstanceRecord = {
  readonly shape: InstanceShape;
  /** Port of its endpoint, for life; 0 until it is open. */
  port: number;
  /** Name of its data directory. Members of a cluster: the writer's is the cluster's, a reader has a copy of its own. */
  storage: string;
  /** Whether a server is meant to run: what a cloud that starts again has to bring back. */
  running: boolean;
  /** The values in effect, which lag behind the groups until a reboot. */
  applied: ParameterValues;
};
export type ClusterRecord = { readonly shape: ClusterShape; storage: string };
export type SnapshotRecord = { readonly shape: SnapshotShape; readonly storage: string };
export type ClusterSnapshotRecord = { readonly shape: ClusterSnapshotShape; readonly storage: string };
export type ParameterGroupRecord = {
  readonly name: string;
  readonly arn: string;
  readonly family: string;
  readonly description: string;
  readonly tags: { Key: string; Value: string }[];
  readonly values: Record<string, { readonly value: string; readonly method: 'immediate' | 'pending-reboot' }>;
};

/** Everything the cloud remembers besides the data directories. Plain data: one JSON file, rewritten as a whole. */
export type State = {
  readonly region: string;
  readonly account: string;
  readonly adminPassword: string;
  readonly ports: { api?: number; control?: number; secrets?: number };
  readonly instances: Record<string, InstanceRecord>;
  readonly clusters: Record<string, ClusterRecord>;
  /** Ports of the endpoints of clusters that are or were, by identifier. */
  readonly clusterPorts: Record<string, number>;
  readonly snapshots: Record<string, SnapshotRecord>;
  readonly clusterSnapshots: Record<string, ClusterSnapshotRecord>;
  readonly instanceGroups: Record<string, ParameterGroupRecord>;
  readonly clusterGroups: Record<string, ParameterGroupRecord>;
  /** Backups of deleted instances that were asked to be kept. */
  readonly retainedBackups: DBInstanceAutomatedBackup[];
  /** Passwords the service made itself, by the ARN of their secret. */
  readonly secrets: Record<string, { readonly name: string; readonly value: string }>;
  readonly events: Event[];
  jobs: Job[];
};

const FRESH = {
  region: 'eu-west-2',
  account: '123456789012',
  ports: {},
  instances: {},
  clusters: {},
  clusterPorts: {},
  snapshots: {},
  clusterSnapshots: {},
  instanceGroups: {},
  clusterGroups: {},
  retainedBackups: [],
  secrets: {},
  events: [],
  jobs: [],
};

export function loadState(root: string): State {
  const file = stateFile(root);
  if (!existsSync(file)) return { ...structuredClone(FRESH), adminPassword: randomBytes(24).toString('base64url') };
  return { ...structuredClone(FRESH), ...(JSON.parse(readFileSync(file, 'utf8'), reviveDate) as State) };
}

export function saveState(root: string, state: State): void {
  writeFileAtomicSync(stateFile(root), JSON.stringify(state), { mode: 0o600, fsync: false });
}

function stateFile(root: string): string {
  return join(root, 'state.json');
}

/** The SDK's timestamps are Dates; in its shapes they are the members called `…Time` and `Date`. */
function reviveDate(member: string, value: unknown): unknown {
  return /(Time|^Date)$/.test(member) && typeof value === 'string' ? new Date(value) : value;
}
