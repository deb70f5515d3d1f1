import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { MigrationPlan } from './plan.ts';

/** Identifies a migration everywhere: Temporal's workflow id, the tag on every resource, the custody row. */
export const migrationId = ({ source }: Pick<MigrationPlan, 'source'>): string =>
  `daybreak/${source.account}/${source.region}/${source.instance}/${source.database}`;

/** Eight hex digits that stand for the id where PostgreSQL leaves 63 bytes. */
export const shortId = (id: string): string => bytesToHex(sha256(utf8ToBytes(id))).slice(0, 8);

/** `application_name` of a session of ours; `token` 0 outside the fenced section. */
export const sessionName = (id: string, token: number): string => `daybreak/${shortId(id)}/${token}`;

/** The token in a session name of the migration, or null if the name is not one of its. */
export function tokenOfSession(id: string, applicationName: string): number | null {
  const prefix = `daybreak/${shortId(id)}/`;
  return applicationName.startsWith(prefix) ? Number(applicationName.slice(prefix.length)) : null;
}

export const MIGRATION_TAG = 'daybreak:migration';
/** Carried by the target from the commit on: nothing of ours deletes it any more. */
export const ROLE_TAG = 'daybreak:role';

export const parameterGroupName = (plan: Pick<MigrationPlan, 'target'>): string => `${plan.target.cluster}-daybreak`;
/** Of the source, where AWS's own cannot be changed. */
export const sourceParameterGroupName = (plan: Pick<MigrationPlan, 'source'>): string =>
  `${plan.source.instance}-daybreak`;
export const instanceNames = ({ target }: Pick<MigrationPlan, 'target'>): string[] =>
  Array.from({ length: target.instances }, (_, i) => (i === 0 ? target.instance : `${target.instance}-${i + 1}`));

/** `runId` keeps two runs of one migration from taking each other's snapshot for their own. */
const snapshotName = (instance: string, runId: string, purpose: string): string =>
  `${instance.slice(0, 38)}-daybreak-${purpose}-${runId.slice(0, 8)}`;
export const safetySnapshotName = (plan: Pick<MigrationPlan, 'source'>, runId: string): string =>
  snapshotName(plan.source.instance, runId, 'before');
export const finalSnapshotName = (plan: Pick<MigrationPlan, 'source'>, runId: string): string =>
  snapshotName(plan.source.instance, runId, 'final');

/** What the target is restored from behind the fence; named after the hand-over, so that another one never takes it for its own. */
export const fencedSnapshotName = (plan: Pick<MigrationPlan, 'source'>, handOver: string): string =>
  snapshotName(plan.source.instance, bytesToHex(sha256(utf8ToBytes(handOver))), 'fenced');

/** What logical replication of this migration is called; eight hex digits, since slots and roles are shared by all databases of a server. */
export interface ReplicationNames {
  /** Publication, slot and subscription that carry source → target. */
  readonly forward: string;
  /** The same for target → source. */
  readonly reverse: string;
  /** Publication that stands for moments: the tables a copy had finished when its snapshot was lost. */
  readonly copied: string;
  /** Slot through which changed keys are followed, on the side that takes writes. */
  readonly tracker: string;
  /** Login role the subscriptions connect as; its password is random and stands only in the subscriptions. */
  readonly role: string;
}

export const replicationNames = (id: string): ReplicationNames => {
  const short = shortId(id);
  return {
    forward: `daybreak_forward_${short}`,
    reverse: `daybreak_reverse_${short}`,
    copied: `daybreak_copied_${short}`,
    tracker: `daybreak_tracker_${short}`,
    role: `daybreak_replication_${short}`,
  };
};

/** Task queues: one process each, so that a long copy never delays a cutover. */
export const TASK_QUEUES = { main: 'daybreak', copy: 'daybreak-copy', cutover: 'daybreak-cutover' } as const;
