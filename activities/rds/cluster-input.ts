import type {
  CreateDBClusterCommandInput,
  DBCluster,
  ModifyDBClusterCommandInput,
  RestoreDBClusterFromSnapshotCommandInput,
} from '@aws-sdk/client-rds';
import { parameterGroupName } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { traitsOf } from '../../model/strategy.ts';
import { ENGINE } from './versions.ts';

/** A cluster to make, whatever its data comes from. */
interface Wanted {
  readonly plan: MigrationPlan;
  readonly engineVersion: string;
}

/** What every way to make a cluster takes alike. */
const everyCluster = ({ plan: { target }, engineVersion }: Wanted) =>
  ({
    DBClusterIdentifier: target.cluster,
    Engine: ENGINE,
    EngineVersion: engineVersion,
    DBClusterParameterGroupName: parameterGroupName({ target }),
    ...(target.subnetGroup === null ? {} : { DBSubnetGroupName: target.subnetGroup }),
    ...(target.securityGroups.length === 0 ? {} : { VpcSecurityGroupIds: target.securityGroups }),
    BackupRetentionPeriod: target.backupRetentionDays,
    ...(target.backupWindow === null ? {} : { PreferredBackupWindow: target.backupWindow }),
    EnableCloudwatchLogsExports: target.logExports,
    // Put on once it stands: a creation that failed could not be cleared away, for AWS changes no failed cluster.
    DeletionProtection: false,
    ...(target.instanceClass === 'db.serverless'
      ? { ServerlessV2ScalingConfiguration: { MinCapacity: target.minAcu, MaxCapacity: target.maxAcu } }
      : {}),
    // Set on the cluster, its instances inherit them.
    ...(target.monitoring.intervalSeconds === 0
      ? {}
      : {
          MonitoringInterval: target.monitoring.intervalSeconds,
          MonitoringRoleArn: target.monitoring.role ?? undefined,
        }),
    ...(target.monitoring.databaseInsights === 'off'
      ? {}
      : {
          EnablePerformanceInsights: true,
          PerformanceInsightsRetentionPeriod: target.monitoring.insightsRetentionDays,
        }),
  }) satisfies CreateDBClusterCommandInput;

/** What only CreateDBCluster takes; a restored cluster is changed to it: {@link lackedBy}. */
const created = ({ plan: { target } }: Wanted) =>
  ({
    StorageEncrypted: target.storageEncrypted,
    ...(target.maintenanceWindow === null ? {} : { PreferredMaintenanceWindow: target.maintenanceWindow }),
    AutoMinorVersionUpgrade: target.autoMinorVersionUpgrade,
    ...(target.monitoring.databaseInsights === 'off'
      ? {}
      : { DatabaseInsightsMode: target.monitoring.databaseInsights }),
  }) satisfies Partial<CreateDBClusterCommandInput>;

/**
 * What a cluster that stands lacks of the plan, as ModifyDBCluster takes it; empty where it is as wanted. A restore takes neither the
 * maintenance window nor minor upgrades nor the mode of insights (API reference, RestoreDBClusterFromSnapshot).
 */
export function lackedBy(found: DBCluster, plan: MigrationPlan): Partial<ModifyDBClusterCommandInput> {
  const { target } = plan;
  const protection = target.deletionProtection && found.DeletionProtection !== true ? { DeletionProtection: true } : {};
  if (traitsOf(plan).target !== 'restored') return protection;
  const { maintenanceWindow, autoMinorVersionUpgrade, monitoring } = target;
  const { databaseInsights: mode, insightsRetentionDays } = monitoring;
  return {
    ...protection,
    ...(maintenanceWindow === null || found.PreferredMaintenanceWindow === maintenanceWindow
      ? {}
      : { PreferredMaintenanceWindow: maintenanceWindow }),
    ...(found.AutoMinorVersionUpgrade === autoMinorVersionUpgrade
      ? {}
      : { AutoMinorVersionUpgrade: autoMinorVersionUpgrade }),
    ...(mode === 'off' || found.DatabaseInsightsMode === mode
      ? {}
      : {
          DatabaseInsightsMode: mode,
          EnablePerformanceInsights: true,
          PerformanceInsightsRetentionPeriod: insightsRetentionDays,
        }),
  };
}

export const newClusterInput = (wanted: Wanted): CreateDBClusterCommandInput => ({
  ...everyCluster(wanted),
  ...created(wanted),
  DatabaseName: wanted.plan.target.database,
  MasterUsername: wanted.plan.target.masterUser,
  ...(wanted.plan.target.kmsKey === null ? {} : { KmsKeyId: wanted.plan.target.kmsKey }),
});

/** The account's own key for RDS, which AWS makes when it is first named. */
const ACCOUNT_KEY = 'alias/aws/rds';

/** A copy keeps the key of what it is made from; of data that is not encrypted it is encrypted only with a key that is named. */
const keyOf = ({ plan: { target } }: Wanted, isEncrypted: boolean): { readonly KmsKeyId?: string } => {
  if (target.kmsKey !== null) return { KmsKeyId: target.kmsKey };
  return target.storageEncrypted && !isEncrypted ? { KmsKeyId: ACCOUNT_KEY } : {};
};

/** Master user, password and databases are the source's; naming them is refused. */
export const replicaInput = (
  wanted: Wanted,
  source: { readonly arn: string; readonly isEncrypted: boolean },
): CreateDBClusterCommandInput => ({
  ...everyCluster(wanted),
  ...created(wanted),
  ...keyOf(wanted, source.isEncrypted),
  ReplicationSourceIdentifier: source.arn,
});

/** By the snapshot's ARN: a DB snapshot is not found by its name. */
export const restoreInput = (
  wanted: Wanted,
  snapshot: { readonly arn: string; readonly isEncrypted: boolean },
): RestoreDBClusterFromSnapshotCommandInput => ({
  ...everyCluster(wanted),
  ...keyOf(wanted, snapshot.isEncrypted),
  SnapshotIdentifier: snapshot.arn,
});
