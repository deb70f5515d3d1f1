/**
 * Work that goes on after an operation has answered, as data: it is kept in the state until it is done, so that a cloud
 * that was killed takes it up again. Every job can be run twice. `point` is also the name under which a fault can hold
 * it or make it fail.
 */
export type Job =
  | {
      readonly point: 'instance.create';
      readonly id: string;
      readonly password: string;
      readonly database: string | undefined;
    }
  | { readonly point: 'instance.join'; readonly id: string }
  | {
      readonly point: 'instance.modify';
      readonly id: string;
      readonly changes: InstanceChanges;
      readonly password: string | undefined;
    }
  | { readonly point: 'instance.reboot'; readonly id: string }
  | { readonly point: 'instance.stop'; readonly id: string }
  | { readonly point: 'instance.start'; readonly id: string }
  | {
      readonly point: 'instance.delete';
      readonly id: string;
      readonly finalSnapshot: string | undefined;
      readonly keepBackups: boolean;
    }
  | {
      readonly point: 'cluster.create';
      readonly id: string;
      readonly password: string;
      readonly database: string | undefined;
    }
  | {
      readonly point: 'cluster.modify';
      readonly id: string;
      readonly changes: ClusterChanges;
      readonly password: string | undefined;
    }
  | { readonly point: 'cluster.replicate'; readonly id: string }
  | { readonly point: 'cluster.promote'; readonly id: string }
  | {
      readonly point: 'cluster.restore';
      readonly id: string;
      /** `snapshot`: of an instance. */
      readonly from: { readonly kind: 'snapshot' | 'cluster-snapshot'; readonly name: string };
    }
  | { readonly point: 'cluster.stop'; readonly id: string }
  | { readonly point: 'cluster.start'; readonly id: string }
  | { readonly point: 'cluster.delete'; readonly id: string; readonly finalSnapshot: string | undefined }
  | { readonly point: 'snapshot.create'; readonly id: string }
  | { readonly point: 'snapshot.delete'; readonly id: string }
  | { readonly point: 'cluster-snapshot.create'; readonly id: string }
  | { readonly point: 'cluster-snapshot.delete'; readonly id: string };

export type Point = Job['point'];
export type JobAt<P extends Point> = Extract<Job, { point: P }>;

/** Members of a DBInstance that a modification sets once it is carried out. */
export type InstanceChanges = {
  readonly DBInstanceClass?: string;
  readonly AllocatedStorage?: number;
  readonly BackupRetentionPeriod?: number;
};
/** Members of a DBCluster that a modification sets once it is carried out. */
export type ClusterChanges = { readonly BackupRetentionPeriod?: number };
