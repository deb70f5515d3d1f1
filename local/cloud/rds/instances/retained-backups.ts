import type { DBInstanceAutomatedBackup, DescribeDBInstanceAutomatedBackupsMessage } from '@aws-sdk/client-rds';
import type { Deed } from '../../protocol/handlers.ts';
import { arnOf } from '../arn.ts';
import { pageOf } from '../pages.ts';
import type { InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';

/** Notes that the automated backups of a deleted instance stay, as `DeleteAutomatedBackups=false` asks. */
export function keepBackup(world: World, record: InstanceRecord): void {
  if (record.shape.BackupRetentionPeriod > 0)
    world.state.retainedBackups.push({ ...backupOf(world, record), Status: 'retained' });
}

/** Only that there are backups is modelled; there is nothing to restore from them. */
export function describeAutomatedBackups(
  world: World,
  input: DescribeDBInstanceAutomatedBackupsMessage,
): Deed<'DescribeDBInstanceAutomatedBackups'> {
  const { DBInstanceIdentifier, DbiResourceId, MaxRecords, Marker } = input;
  const standalone = Object.values(world.state.instances).filter(
    ({ shape }) => shape.DBClusterIdentifier === undefined && shape.BackupRetentionPeriod > 0,
  );
  const all = [...standalone.map((record) => backupOf(world, record)), ...world.state.retainedBackups];
  const found = all.filter(
    (backup) =>
      (DBInstanceIdentifier === undefined || backup.DBInstanceIdentifier === DBInstanceIdentifier.toLowerCase()) &&
      (DbiResourceId === undefined || backup.DbiResourceId === DbiResourceId),
  );
  const { items, marker } = pageOf(found, { MaxRecords, Marker });
  return () => ({ DBInstanceAutomatedBackups: structuredClone(items), ...marker });
}

function backupOf(world: World, { shape }: InstanceRecord): DBInstanceAutomatedBackup {
  return {
    DBInstanceIdentifier: shape.DBInstanceIdentifier,
    DBInstanceArn: shape.DBInstanceArn,
    DBInstanceAutomatedBackupsArn: arnOf(world, 'auto-backup', `ab-${shape.DbiResourceId.slice(3).toLowerCase()}`),
    DbiResourceId: shape.DbiResourceId,
    Region: world.state.region,
    Engine: shape.Engine,
    EngineVersion: shape.EngineVersion,
    MasterUsername: shape.MasterUsername,
    Status: 'active',
    BackupRetentionPeriod: shape.BackupRetentionPeriod,
    ...(shape.InstanceCreateTime === undefined ? {} : { InstanceCreateTime: shape.InstanceCreateTime }),
  };
}
