import type { ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import type { Deed } from '../../protocol/handlers.ts';
import { installedEngine } from '../engines.ts';
import { findInstance } from '../find.ts';
import type { InstanceChanges } from '../job.ts';
import { logExports } from '../log-exports.ts';
import { securityGroups } from '../network.ts';
import { groupFor } from '../parameters/groups.ts';
import { inRange, validPassword } from '../rules.ts';
import type { InstanceRecord, InstanceShape } from '../state.ts';
import type { World } from '../world.ts';
import { validClass } from './instance-classes.ts';
import { mustLeaveToCluster } from './cluster-member-rules.ts';
import { mustBeAvailable, mustFeedNobody } from './instance-rules.ts';
import { given } from './instance-shape.ts';

/**
 * ModifyDBInstance. Class, storage and backup retention wait for the maintenance window unless `ApplyImmediately` is
 * set; all else takes effect as soon as possible whatever it says.
 */
export function modifyInstance(world: World, input: ModifyDBInstanceMessage): Deed<'ModifyDBInstance'> {
  const record = findInstance(world, input.DBInstanceIdentifier ?? '');
  mustBeAvailable(record);
  const { shape } = record;
  if (shape.DBClusterIdentifier !== undefined) mustLeaveToCluster(input);
  const atOnce = readAtOnce(input, shape);
  const changes = readChanges(input, record);
  if (changes.BackupRetentionPeriod === 0) mustFeedNobody(record, 'left without automated backups');
  const group =
    input.DBParameterGroupName === undefined
      ? undefined
      : groupFor(world, 'instance', installedEngine(world.engines, shape), input.DBParameterGroupName);
  const password = input.MasterUserPassword === undefined ? undefined : validPassword(input.MasterUserPassword);
  const immediately = input.ApplyImmediately ?? false;
  return () => {
    Object.assign(shape, atOnce);
    if (group !== undefined)
      shape.DBParameterGroups = [{ DBParameterGroupName: group, ParameterApplyStatus: 'pending-reboot' }];
    shape.PendingModifiedValues = {
      ...shape.PendingModifiedValues,
      ...changes,
      ...(password === undefined ? {} : { MasterUserPassword: '****' }),
    };
    if (immediately || password !== undefined)
      world.begin({
        point: 'instance.modify',
        id: shape.DBInstanceIdentifier,
        changes: immediately ? changes : {},
        password,
      });
    return { DBInstance: structuredClone(shape) };
  };
}

function readAtOnce(input: ModifyDBInstanceMessage, shape: InstanceShape): Partial<InstanceShape> {
  const { VpcSecurityGroupIds, CloudwatchLogsExportConfiguration } = input;
  return {
    ...given('DeletionProtection', input.DeletionProtection),
    ...given('PreferredBackupWindow', input.PreferredBackupWindow),
    ...given('PreferredMaintenanceWindow', input.PreferredMaintenanceWindow),
    ...given('PubliclyAccessible', input.PubliclyAccessible),
    ...given('AutoMinorVersionUpgrade', input.AutoMinorVersionUpgrade),
    ...given('CopyTagsToSnapshot', input.CopyTagsToSnapshot),
    ...given('MonitoringInterval', input.MonitoringInterval),
    ...given('MonitoringRoleArn', input.MonitoringRoleArn),
    ...given('PerformanceInsightsEnabled', input.EnablePerformanceInsights),
    ...given('PromotionTier', input.PromotionTier),
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

function readChanges(input: ModifyDBInstanceMessage, { shape }: InstanceRecord): InstanceChanges {
  const engine = shape.DBClusterIdentifier === undefined ? 'postgres' : 'aurora-postgresql';
  return {
    ...(input.DBInstanceClass === undefined ? {} : { DBInstanceClass: validClass(engine, input.DBInstanceClass) }),
    ...(input.AllocatedStorage === undefined
      ? {}
      : {
          AllocatedStorage: inRange('AllocatedStorage', input.AllocatedStorage, [shape.AllocatedStorage ?? 20, 65536]),
        }),
    ...(input.BackupRetentionPeriod === undefined
      ? {}
      : { BackupRetentionPeriod: inRange('backup retention period', input.BackupRetentionPeriod, [0, 35]) }),
  };
}
