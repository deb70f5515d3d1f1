import type { ModifyDBClusterMessage } from '@aws-sdk/client-rds';
import type { Deed } from '../../protocol/handlers.ts';
import { installedEngine } from '../engines.ts';
import { findCluster } from '../find.ts';
import type { ClusterChanges } from '../job.ts';
import { logExports } from '../log-exports.ts';
import { given } from '../instances/instance-shape.ts';
import { securityGroups } from '../network.ts';
import { groupFor } from '../parameters/groups.ts';
import { inRange } from '../rules.ts';
import { changedPassword, secretOf } from '../secrets.ts';
import type { ClusterShape } from '../state.ts';
import type { World } from '../world.ts';
import { mustBeAvailableCluster } from './cluster-rules.ts';
import { validScaling } from './cluster-shape.ts';
import { mustNotBeReplica } from './replica-rules.ts';

/**
 * ModifyDBCluster. A new password and backup retention wait for the maintenance window unless `ApplyImmediately` is
 * set; all else takes effect as soon as possible.
 */
export function modifyCluster(world: World, input: ModifyDBClusterMessage): Deed<'ModifyDBCluster'> {
  const record = findCluster(world, input.DBClusterIdentifier ?? '');
  mustBeAvailableCluster(record);
  const { shape } = record;
  const atOnce = readAtOnce(input, shape);
  const engine = installedEngine(world.engines, shape);
  const group =
    input.DBClusterParameterGroupName === undefined
      ? undefined
      : groupFor(world, 'cluster', engine, input.DBClusterParameterGroupName);
  const changes: ClusterChanges =
    input.BackupRetentionPeriod === undefined
      ? {}
      : { BackupRetentionPeriod: inRange('backup retention period', input.BackupRetentionPeriod, [1, 35]) };
  const immediately = input.ApplyImmediately ?? false;
  const password = changedPassword(input, immediately);
  if (password) mustNotBeReplica(record, 'change its master password');
  return () => {
    Object.assign(shape, atOnce);
    if (password?.managed) shape.MasterUserSecret = secretOf(world, shape.DBClusterIdentifier, shape, password);
    if (group !== undefined && group !== shape.DBClusterParameterGroup) {
      shape.DBClusterParameterGroup = group;
      for (const member of shape.DBClusterMembers) member.DBClusterParameterGroupStatus = 'pending-reboot';
    }
    if (immediately)
      world.begin({ point: 'cluster.modify', id: shape.DBClusterIdentifier, changes, password: password?.value });
    else if (Object.keys(changes).length > 0)
      shape.PendingModifiedValues = { ...shape.PendingModifiedValues, ...changes };
    return { DBCluster: structuredClone(shape) };
  };
}

function readAtOnce(input: ModifyDBClusterMessage, shape: ClusterShape): Partial<ClusterShape> {
  const { VpcSecurityGroupIds, CloudwatchLogsExportConfiguration } = input;
  return {
    ...given('DeletionProtection', input.DeletionProtection),
    ...given('PreferredBackupWindow', input.PreferredBackupWindow),
    ...given('PreferredMaintenanceWindow', input.PreferredMaintenanceWindow),
    ...given('AutoMinorVersionUpgrade', input.AutoMinorVersionUpgrade),
    ...given('CopyTagsToSnapshot', input.CopyTagsToSnapshot),
    ...given('DatabaseInsightsMode', input.DatabaseInsightsMode),
    ...given('MonitoringInterval', input.MonitoringInterval),
    ...given('MonitoringRoleArn', input.MonitoringRoleArn),
    ...given('IAMDatabaseAuthenticationEnabled', input.EnableIAMDatabaseAuthentication),
    ...given('ServerlessV2ScalingConfiguration', validScaling(input.ServerlessV2ScalingConfiguration)),
    ...(VpcSecurityGroupIds ? { VpcSecurityGroups: securityGroups(VpcSecurityGroupIds) } : {}),
    ...(CloudwatchLogsExportConfiguration
      ? {
          EnabledCloudwatchLogsExports: logExports(
            shape.EnabledCloudwatchLogsExports,
            CloudwatchLogsExportConfiguration,
          ),
        }
      : {}),
  };
}
