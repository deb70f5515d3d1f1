import { randomBytes } from 'node:crypto';
import type { CreateDBClusterMessage, DBCluster } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import { arnOf } from '../arn.ts';
import { ADDRESS } from '../endpoints.ts';
import type { Engine } from '../engines.ts';
import { given } from '../instances/instance-shape.ts';
import { securityGroups, validSubnetGroup } from '../network.ts';
import { groupFor } from '../parameters/groups.ts';
import { inRange } from '../rules.ts';
import type { ClusterShape } from '../state.ts';
import { validTags } from '../tags.ts';
import type { World } from '../world.ts';

/** What a new cluster gets from its data: of the request when it is empty, else of the source or snapshot. */
export type ClusterData = Pick<
  DBCluster,
  'DatabaseName' | 'KmsKeyId' | 'ReplicationSourceIdentifier' | 'StorageEncrypted'
> & { readonly MasterUsername: string };

/** A new cluster as the request describes it, with the service's defaults. @throws ApiError for what it refuses. */
export function clusterShape(
  world: World,
  { id, engine }: { readonly id: string; readonly engine: Engine },
  input: CreateDBClusterMessage,
  data: ClusterData,
): ClusterShape {
  const scaling = validScaling(input.ServerlessV2ScalingConfiguration);
  return {
    ...recordedFrom(world, input),
    ...data,
    ...given('ServerlessV2ScalingConfiguration', scaling),
    DBClusterIdentifier: id,
    DBClusterArn: arnOf(world, 'cluster', id),
    DbClusterResourceId: `cluster-${randomBytes(13).toString('hex').toUpperCase()}`,
    Status: 'creating',
    Engine: engine.name,
    EngineVersion: engine.version,
    EngineMode: 'provisioned',
    DBClusterParameterGroup: groupFor(world, 'cluster', engine, input.DBClusterParameterGroupName),
    BackupRetentionPeriod: inRange('backup retention period', input.BackupRetentionPeriod ?? 1, [1, 35]),
    ClusterCreateTime: new Date(),
    DBClusterMembers: [],
    Endpoint: ADDRESS,
    Port: 0,
    MultiAZ: false,
    AllocatedStorage: 1,
    AssociatedRoles: [],
    ReadReplicaIdentifiers: [],
    HostedZoneId: 'Z1TTGA775OQIYO',
    ActivityStreamStatus: 'stopped',
    HttpEndpointEnabled: false,
    CrossAccountClone: false,
    TagList: validTags(input.Tags),
  };
}

/** What is kept and shown but not acted upon. */
function recordedFrom({ state }: World, input: CreateDBClusterMessage): Partial<DBCluster> {
  return {
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    AvailabilityZones: input.AvailabilityZones ?? ['a', 'b', 'c'].map((zone) => `${state.region}${zone}`),
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    DatabaseInsightsMode: input.DatabaseInsightsMode ?? 'standard',
    DBSubnetGroup: validSubnetGroup(input.DBSubnetGroupName),
    DeletionProtection: input.DeletionProtection ?? false,
    ...given('EnabledCloudwatchLogsExports', input.EnableCloudwatchLogsExports),
    EngineLifecycleSupport: input.EngineLifecycleSupport ?? 'open-source-rds-extended-support',
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
    MonitoringInterval: input.MonitoringInterval ?? 0,
    ...given('MonitoringRoleArn', input.MonitoringRoleArn),
    NetworkType: input.NetworkType ?? 'IPV4',
    ...given('PerformanceInsightsEnabled', input.EnablePerformanceInsights),
    ...given('PerformanceInsightsRetentionPeriod', input.PerformanceInsightsRetentionPeriod),
    ...given('PerformanceInsightsKMSKeyId', input.PerformanceInsightsKMSKeyId),
    PreferredBackupWindow: input.PreferredBackupWindow ?? '02:00-02:30',
    PreferredMaintenanceWindow: input.PreferredMaintenanceWindow ?? 'sun:03:00-sun:03:30',
    ...given('StorageType', input.StorageType),
    VpcSecurityGroups: securityGroups(input.VpcSecurityGroupIds),
  };
}

type Scaling = NonNullable<CreateDBClusterMessage['ServerlessV2ScalingConfiguration']>;

/** 0 or 0.5 to 256 ACUs in halves, the upper bound at least 1. */
export function validScaling(scaling: Scaling | undefined): Scaling | undefined {
  if (!scaling) return undefined;
  const { MinCapacity: min, MaxCapacity: max } = scaling;
  const halves = (value: number | undefined): value is number => value !== undefined && Number.isInteger(value * 2);
  if (!halves(min) || !halves(max) || min < 0 || max < 1 || max > 256 || min > max)
    throw new ApiError(
      'InvalidParameterValue',
      `Serverless v2 capacity ${min} to ${max} ACUs isn't valid: both are multiples of 0.5, the minimum 0 to 256, the maximum 1 to 256 and not below the minimum.`,
    );
  return { ...scaling };
}
