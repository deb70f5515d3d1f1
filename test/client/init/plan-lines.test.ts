import { describe, expect, test } from 'vitest';
import { newestNotBelow } from '../../../client/init/aurora-version.ts';
import { carriedParameters } from '../../../client/init/carried-parameters.ts';
import { planLines } from '../../../client/init/plan-lines.ts';
import { planText } from '../../../client/init/plan-text.ts';
import type { InstanceFacts } from '../../../client/init/read-instance.ts';
import { parsePlan } from '../../../model/parse-plan.ts';

const facts = (instance: InstanceFacts['instance'] = {}, more: Partial<InstanceFacts> = {}): InstanceFacts => ({
  instance: {
    DBInstanceIdentifier: 'db',
    DBInstanceArn: 'arn:aws:rds:eu-west-2:123456789012:db:db',
    EngineVersion: '15.14',
    MasterUsername: 'master',
    DBName: 'app',
    ...instance,
  },
  parameters: {},
  settable: new Set(['work_mem', 'log_statement']),
  auroraVersions: ['15.10', '15.15', '15.17'],
  ...more,
});

const line = (path: string, ...args: Parameters<typeof facts>) => planLines(facts(...args), 'eu-west-2')[path];

describe('the lines of a new plan', () => {
  test('take the password’s place from the secret RDS keeps', () => {
    const SecretArn = 'arn:aws:secretsmanager:eu-west-2:123456789012:secret:rds!db-1';
    expect(line('source.password', { MasterUserSecret: { SecretArn } })).toEqual({ value: SecretArn, origin: 'read' });
  });

  test('leave the database to be chosen where the API knows none', () => {
    const { DBName: _, ...unnamed } = facts().instance;
    const lines = planLines({ ...facts(), instance: unnamed }, 'eu-west-2');
    expect([lines['source.database']?.origin, lines['target.database']?.origin]).toEqual(['choose', 'choose']);
  });

  test('leave the version to be chosen where no Aurora is as new as the source', () => {
    expect(line('target.engineVersion', {}, { auroraVersions: ['15.9'] })).toMatchObject({
      value: null,
      origin: 'choose',
    });
    expect(line('target.engineVersion')).toMatchObject({ value: '15', note: expect.stringContaining('15.17') });
  });

  test('tell of the reboot that the strategy needs, where it does', () => {
    expect(line('strategy')?.note).toContain(
      'rds.logical_replication is not set on db: the run asks, at gate source-reboot',
    );
    const ready = { parameters: { 'rds.logical_replication': '1' } };
    expect(line('strategy', {}, ready)?.note).toBe('rds.logical_replication is set on the source already');
  });

  test.each([
    ['mindmeasure_admin', 'mindmeasureadmin', 'default'],
    ['1_2', 'dbadmin', 'default'],
    ['master', 'master', 'read'],
  ])('make of the master user %s the name %s', (user, value, origin) => {
    expect(line('target.masterUser', { MasterUsername: user })).toMatchObject({ value, origin });
  });

  test('never ask for no encryption, no backups or a public address because the source has it so', () => {
    const poor = { StorageEncrypted: false, BackupRetentionPeriod: 0, PubliclyAccessible: true };
    for (const [path, value] of [
      ['target.storageEncrypted', true],
      ['target.backupRetentionDays', 7],
      ['target.publiclyAccessible', false],
    ] as const)
      expect(line(path, poor)).toMatchObject({ value, origin: 'default' });
  });

  test('keep monitoring, key, network and tags of the source, but neither AWS’s tags nor ours', () => {
    const rich = {
      StorageEncrypted: true,
      KmsKeyId: 'arn:aws:kms:eu-west-2:123456789012:key/1',
      MonitoringInterval: 60,
      MonitoringRoleArn: 'arn:aws:iam::123456789012:role/m',
      PerformanceInsightsEnabled: true,
      PerformanceInsightsRetentionPeriod: 31,
      DBSubnetGroup: { DBSubnetGroupName: 'subnets' },
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }],
      TagList: [
        { Key: 'team', Value: 'platform' },
        { Key: 'aws:cloudformation:stack-name', Value: 'x' },
        { Key: 'daybreak:migration', Value: 'x' },
      ],
      EnabledCloudwatchLogsExports: ['postgresql', 'upgrade'],
    };
    const values = Object.fromEntries(
      Object.entries(planLines(facts(rich), 'eu-west-2')).map(([path, { value }]) => [path, value]),
    );
    expect(values).toMatchObject({
      'target.kmsKey': 'arn:aws:kms:eu-west-2:123456789012:key/1',
      'target.monitoring.intervalSeconds': 60,
      'target.monitoring.role': 'arn:aws:iam::123456789012:role/m',
      'target.monitoring.databaseInsights': 'standard',
      'target.monitoring.insightsRetentionDays': 31,
      'target.subnetGroup': 'subnets',
      'target.securityGroups': ['sg-1'],
      'target.logExports': ['postgresql'],
    });
    expect(values['target.tags']).toEqual({ team: 'platform' });
  });

  test('keep names of the target short enough for their suffixes', () => {
    const name = `a${'-b'.repeat(31)}`;
    const text = planText(planLines(facts({ DBInstanceIdentifier: name }), 'eu-west-2'), []);
    const parsed = parsePlan(text);
    expect('faults' in parsed && parsed.faults.filter(({ path }) => path.startsWith('target'))).toEqual([]);
  });
});

describe('parameters of the source', () => {
  test('are carried where Aurora lets a customer set them, and the others are named', () => {
    expect(carriedParameters(facts({}, { parameters: { work_mem: '64MB', wal_keep_size: '1' } }))).toEqual({
      value: { work_mem: '64MB' },
      origin: 'read',
      note: 'not settable on Aurora, left out: wal_keep_size',
    });
  });

  test.each(['all', 'mod'])('do not carry log_statement %s', (value) => {
    expect(carriedParameters(facts({}, { parameters: { log_statement: value } }))).toMatchObject({
      value: { log_statement: 'ddl' },
      origin: 'default',
    });
  });

  test('are all left out where AWS has no Aurora of that major', () => {
    expect(carriedParameters(facts({}, { parameters: { work_mem: '1' }, settable: null })).value).toEqual({});
  });
});

test('versions are compared as numbers', () => {
  expect(newestNotBelow(['15.9', '15.10', '15.8'], '15.8')).toBe('15.10');
  expect(newestNotBelow(['15.9'], '15.10')).toBeNull();
});
