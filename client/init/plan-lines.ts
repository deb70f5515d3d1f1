import type { DBInstance } from '@aws-sdk/client-rds';
import { newestNotBelow } from './aurora-version.ts';
import { carriedParameters } from './carried-parameters.ts';
import type { InstanceFacts } from './read-instance.ts';

/** A line of a new plan: where its value comes from, and why if that needs a word. */
export interface Line {
  readonly value: unknown;
  readonly origin: 'read' | 'default' | 'choose';
  readonly note?: string;
}

const read = (value: unknown, note?: string): Line => ({
  value,
  origin: 'read',
  ...(note === undefined ? {} : { note }),
});
const preset = (value: unknown, note: string): Line => ({ value, origin: 'default', note });
const choose = (note: string): Line => ({ value: null, origin: 'choose', note });

/** The lines that do not come from the schema's own defaults, by dotted path. */
export function planLines(facts: InstanceFacts, region: string): Readonly<Record<string, Line>> {
  const { instance } = facts;
  const name = instance.DBInstanceIdentifier ?? '';
  return {
    ...sourceLines(instance, name, region),
    ...targetNames(facts, name),
    ...targetSettings(instance),
    ...monitoringLines(instance),
    'target.parameters': carriedParameters(facts),
    strategy: preset('blue-green', readiness(facts)),
    'roles.0.name': choose('login role of the application, as on the source; never the master user'),
    'roles.0.password': choose('where its password lies: env:NAME, file:PATH or a Secrets Manager ARN'),
    'cutover.approvers': choose('who may open the cutover, such as [alice@example.com]; not the one who starts it'),
  };
}

const sourceLines = (instance: DBInstance, name: string, region: string): Record<string, Line> => ({
  'source.account': read(instance.DBInstanceArn?.split(':')[4] ?? ''),
  'source.region': read(region),
  'source.instance': read(name),
  'source.database': instance.DBName ? read(instance.DBName) : choose('the database to move; the API knows none'),
  'source.user': read(instance.MasterUsername),
  'source.password': instance.MasterUserSecret?.SecretArn
    ? read(instance.MasterUserSecret.SecretArn)
    : choose('where its password lies: env:NAME, file:PATH or a Secrets Manager ARN'),
});

/** A reboot is nothing to be surprised by: whoever reads the plan reads of it. */
const readiness = ({ parameters, instance }: InstanceFacts): string =>
  parameters['rds.logical_replication'] === '1'
    ? 'rds.logical_replication is set on the source already'
    : `rds.logical_replication is not set on ${instance.DBInstanceIdentifier ?? 'the source'}: the run asks, at gate source-reboot, to set it and reboot the source once; source.rebootWindow says when`;

/** Identifiers have 63 characters; suffixes of ours and of further instances need some of them. */
const stem = (name: string): string => name.slice(0, 50).replace(/-$/, '');

function targetNames({ instance, auroraVersions }: InstanceFacts, name: string): Record<string, Line> {
  const version = instance.EngineVersion ?? '';
  const major = version.split('.')[0] ?? '';
  const newest = newestNotBelow(auroraVersions, version);
  return {
    'target.cluster': preset(`${stem(name)}-aurora`, 'named after the source'),
    'target.instance': preset(`${stem(name)}-aurora-1`, 'named after the source'),
    'target.engineVersion':
      newest === null
        ? choose(
            `the source has ${version}; no Aurora ${major} not below it can be created: name a higher major, in quotes`,
          )
        : read(major, `the source has ${version}, the newest Aurora of it is ${newest}`),
    'target.database': instance.DBName ? read(instance.DBName) : choose('the database to create'),
    'target.masterUser': masterUser(instance.MasterUsername ?? ''),
  };
}

function masterUser(user: string): Line {
  if (/^[A-Za-z][A-Za-z0-9]{0,15}$/.test(user)) return read(user);
  const allowed = user.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 16);
  const name = /^[A-Za-z]/.test(allowed) ? allowed : 'dbadmin';
  return preset(name, `${user} is not 1 to 16 letters and digits, as CreateDBCluster wants it`);
}

const targetSettings = (instance: DBInstance): Record<string, Line> => ({
  'target.subnetGroup': read(instance.DBSubnetGroup?.DBSubnetGroupName ?? null),
  'target.securityGroups': read(
    instance.VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []) ?? [],
  ),
  'target.storageEncrypted':
    instance.StorageEncrypted === true ? read(true) : preset(true, 'the source is not encrypted'),
  'target.kmsKey': read(instance.StorageEncrypted === true ? (instance.KmsKeyId ?? null) : null),
  'target.backupRetentionDays':
    (instance.BackupRetentionPeriod ?? 0) > 0
      ? read(instance.BackupRetentionPeriod)
      : preset(7, 'the source keeps no backups; Aurora always does'),
  'target.backupWindow': read(instance.PreferredBackupWindow ?? null),
  'target.maintenanceWindow': read(instance.PreferredMaintenanceWindow ?? null),
  'target.autoMinorVersionUpgrade': read(instance.AutoMinorVersionUpgrade ?? true),
  'target.logExports': read((instance.EnabledCloudwatchLogsExports ?? []).filter((log) => log === 'postgresql')),
  ...(instance.PubliclyAccessible === true
    ? {
        'target.publiclyAccessible': preset(
          false,
          'the source can be reached from the internet; the target should not',
        ),
      }
    : { 'target.publiclyAccessible': read(false) }),
  'target.tags': read(
    Object.fromEntries(
      (instance.TagList ?? []).flatMap(({ Key, Value }) =>
        Key && !/^(aws|daybreak):/.test(Key) ? [[Key, Value ?? '']] : [],
      ),
    ),
  ),
});

function monitoringLines(instance: DBInstance): Record<string, Line> {
  const insights = instance.PerformanceInsightsEnabled === true ? (instance.DatabaseInsightsMode ?? 'standard') : 'off';
  const retention = instance.PerformanceInsightsRetentionPeriod;
  return {
    'target.monitoring.intervalSeconds': read(instance.MonitoringInterval ?? 0),
    'target.monitoring.role': read(instance.MonitoringRoleArn ?? null),
    'target.monitoring.databaseInsights': read(insights),
    ...(retention === undefined ? {} : { 'target.monitoring.insightsRetentionDays': read(retention) }),
  };
}
