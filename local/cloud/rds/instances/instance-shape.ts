import { randomBytes } from 'node:crypto';
import type { CreateDBInstanceMessage, DBInstance } from '@aws-sdk/client-rds';
import { arnOf } from '../arn.ts';
import type { Engine } from '../engines.ts';
import { networkOf } from '../network.ts';
import type { ClusterRecord, InstanceShape } from '../state.ts';
import type { World } from '../world.ts';

export type NewInstance = {
  readonly id: string;
  readonly engine: Engine;
  readonly instanceClass: string;
  readonly masterUser: string;
  readonly parameterGroup: string;
  readonly backupRetention: number;
  readonly recorded: Recorded;
  readonly tags: InstanceShape['TagList'];
};
/** What the cloud keeps and shows but does not act upon. */
export type Recorded = Pick<
  DBInstance,
  | 'AllocatedStorage'
  | 'AutoMinorVersionUpgrade'
  | 'AvailabilityZone'
  | 'CACertificateIdentifier'
  | 'CopyTagsToSnapshot'
  | 'DBName'
  | 'DeletionProtection'
  | 'EnabledCloudwatchLogsExports'
  | 'EngineLifecycleSupport'
  | 'IAMDatabaseAuthenticationEnabled'
  | 'Iops'
  | 'KmsKeyId'
  | 'LicenseModel'
  | 'MonitoringInterval'
  | 'MonitoringRoleArn'
  | 'MultiAZ'
  | 'NetworkType'
  | 'PerformanceInsightsEnabled'
  | 'PerformanceInsightsRetentionPeriod'
  | 'PerformanceInsightsKMSKeyId'
  | 'DatabaseInsightsMode'
  | 'PreferredBackupWindow'
  | 'PreferredMaintenanceWindow'
  | 'PromotionTier'
  | 'PubliclyAccessible'
  | 'StorageEncrypted'
  | 'StorageThroughput'
  | 'StorageType'
  | 'DBSubnetGroup'
  | 'VpcSecurityGroups'
  | 'MaxAllocatedStorage'
>;

/** Reads from a request all that is only recorded, with the service's defaults. */
export function recordedFrom(world: World, input: CreateDBInstanceMessage): Recorded {
  const { region } = world.state;
  return {
    ...given('AllocatedStorage', input.AllocatedStorage),
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    AvailabilityZone: input.AvailabilityZone ?? `${region}a`,
    CACertificateIdentifier: input.CACertificateIdentifier ?? 'rds-ca-rsa2048-g1',
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    ...given('DBName', input.DBName),
    DeletionProtection: input.DeletionProtection ?? false,
    ...given('EnabledCloudwatchLogsExports', input.EnableCloudwatchLogsExports),
    EngineLifecycleSupport: input.EngineLifecycleSupport ?? 'open-source-rds-extended-support',
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
    ...given('Iops', input.Iops),
    ...given('KmsKeyId', input.KmsKeyId),
    LicenseModel: input.LicenseModel ?? 'postgresql-license',
    MonitoringInterval: input.MonitoringInterval ?? 0,
    ...given('MonitoringRoleArn', input.MonitoringRoleArn),
    MultiAZ: input.MultiAZ ?? false,
    NetworkType: input.NetworkType ?? 'IPV4',
    PerformanceInsightsEnabled: input.EnablePerformanceInsights ?? false,
    ...given('PerformanceInsightsRetentionPeriod', input.PerformanceInsightsRetentionPeriod),
    ...given('PerformanceInsightsKMSKeyId', input.PerformanceInsightsKMSKeyId),
    DatabaseInsightsMode: input.DatabaseInsightsMode ?? 'standard',
    PreferredBackupWindow: input.PreferredBackupWindow ?? '02:00-02:30',
    PreferredMaintenanceWindow: input.PreferredMaintenanceWindow ?? 'sun:03:00-sun:03:30',
    PromotionTier: input.PromotionTier ?? 1,
    PubliclyAccessible: input.PubliclyAccessible ?? false,
    StorageEncrypted: input.StorageEncrypted ?? false,
    ...given('StorageThroughput', input.StorageThroughput),
    StorageType: input.StorageType ?? (input.Engine === 'postgres' ? 'gp3' : 'aurora'),
    ...given('MaxAllocatedStorage', input.MaxAllocatedStorage),
    ...networkOf(world, input.VpcSecurityGroupIds, input.DBSubnetGroupName),
  };
}

/** `exactOptionalPropertyTypes`: a member that was not given is absent, not undefined. */
export function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}

export function instanceShape(world: World, made: NewInstance, cluster: ClusterRecord | undefined): InstanceShape {
  return {
    ...made.recorded,
    ...given('DBClusterIdentifier', cluster?.shape.DBClusterIdentifier),
    DBInstanceIdentifier: made.id,
    DBInstanceArn: arnOf(world, 'db', made.id),
    DbiResourceId: `db-${randomBytes(13).toString('hex').toUpperCase()}`,
    DBInstanceStatus: 'creating',
    DBInstanceClass: made.instanceClass,
    Engine: made.engine.name,
    EngineVersion: made.engine.version,
    MasterUsername: made.masterUser,
    BackupRetentionPeriod: made.backupRetention,
    DBParameterGroups: [{ DBParameterGroupName: made.parameterGroup, ParameterApplyStatus: 'in-sync' }],
    DBSecurityGroups: [],
    OptionGroupMemberships: [
      { OptionGroupName: `default:${made.engine.name}-${made.engine.major}`, Status: 'in-sync' },
    ],
    PendingModifiedValues: {},
    ReadReplicaDBInstanceIdentifiers: [],
    ReadReplicaDBClusterIdentifiers: [],
    AssociatedRoles: [],
    CustomerOwnedIpEnabled: false,
    DedicatedLogVolume: false,
    IsStorageConfigUpgradeAvailable: false,
    TagList: made.tags,
  };
}
