import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  ModifyDBParameterGroupCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parsePlan } from '../../../model/parse-plan.ts';
import { INSTANCE, instanceStatus, openCloud, until, type CloudUnderTest } from '../../local/cloud/cloud-under-test.ts';
import { runCli, type Ran } from '../cli-process.ts';

let under: CloudUnderTest;

beforeAll(async () => {
  under = await openCloud();
  const { rds } = under;
  await rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: 'tuned',
      DBParameterGroupFamily: 'postgres15',
      Description: 'tuned',
    }),
  );
  const set = (ParameterName: string, ParameterValue: string) => ({
    ParameterName,
    ParameterValue,
    ApplyMethod: 'pending-reboot' as const,
  });
  await rds.send(
    new ModifyDBParameterGroupCommand({
      DBParameterGroupName: 'tuned',
      Parameters: [set('log_statement', 'all'), set('log_min_duration_statement', '1000')],
    }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      ...INSTANCE,
      DBInstanceIdentifier: 'mindmeasure-db',
      DBName: 'mindmeasure',
      MasterUsername: 'mindmeasure_admin',
      DBParameterGroupName: 'tuned',
      BackupRetentionPeriod: 14,
      PreferredBackupWindow: '03:00-04:00',
      PreferredMaintenanceWindow: 'sun:04:00-sun:05:00',
      PubliclyAccessible: true,
      StorageEncrypted: true,
    }),
  );
  await until('available', () => instanceStatus(rds, 'mindmeasure-db'));
  await rds.send(
    new AddTagsToResourceCommand({
      ResourceName: `arn:aws:rds:${under.cloud.region}:${under.cloud.account}:db:mindmeasure-db`,
      Tags: [{ Key: 'team', Value: 'platform' }],
    }),
  );
}, 120_000);
afterAll(() => under.close());

const init = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  runCli(['init', '--region', under.cloud.region, ...args], {
    AWS_ENDPOINT_URL_RDS: under.cloud.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...env,
  });

/** Path of each line that has to be chosen. */
const CHOICES = ['source.password', 'roles[0].name', 'roles[0].password', 'cutover.approvers'];

const filledIn = (plan: string): string =>
  plan
    .replace(/password:(?= # choose)/, 'password: env:SOURCE_PASSWORD')
    .replace(/name:(?= # choose)/, 'name: mindmeasure_app')
    .replace(/password:(?= # choose)/, 'password: env:APP_PASSWORD')
    .replace(/approvers:(?= # choose)/, 'approvers: [anna]');

describe('daybreak init', () => {
  test('writes what it read from the live instance', async () => {
    const { exitCode, stdout } = await init(['--source', 'mindmeasure-db']);
    expect(exitCode).toBe(0);
    expect(parsePlan(filledIn(stdout))).toMatchObject({
      plan: {
        source: {
          account: under.cloud.account,
          region: under.cloud.region,
          instance: 'mindmeasure-db',
          database: 'mindmeasure',
          user: 'mindmeasure_admin',
        },
        target: {
          cluster: 'mindmeasure-db-aurora',
          engineVersion: '15',
          database: 'mindmeasure',
          masterUser: 'mindmeasureadmin',
          backupRetentionDays: 14,
          backupWindow: '03:00-04:00',
          maintenanceWindow: 'sun:04:00-sun:05:00',
          publiclyAccessible: false,
          parameters: { log_min_duration_statement: '1000', log_statement: 'ddl' },
          tags: { team: 'platform' },
        },
      },
    });
  });

  test('says of each line whether it was read, defaulted or has to be chosen', async () => {
    const { stdout } = await init(['--source', 'mindmeasure-db']);
    const lines = stdout.split('\n').filter((line) => !line.startsWith('#') && /:\s\S|: *#/.test(line));
    expect(lines.length).toBeGreaterThan(45);
    expect(lines.filter((line) => !/ # (read|default|choose)\b/.test(line))).toEqual([]);
    expect(stdout).toMatch(/instance: mindmeasure-db # read\n/);
    expect(stdout).toMatch(/maxAcu: 16 # default\n/);
    expect(stdout).toContain('publiclyAccessible: false # default: the source can be reached from the internet');
    expect(stdout).toContain('log_statement was all');
  });

  test('has faults only at the lines that have to be chosen, and names them', async () => {
    const { stdout, stderr } = await init(['--source', 'mindmeasure-db']);
    const parsed = parsePlan(stdout);
    expect('faults' in parsed ? parsed.faults.map(({ path }) => path) : []).toEqual(CHOICES);
    expect(stdout.match(/# choose/g)).toHaveLength(CHOICES.length);
    expect(stderr).toContain('To be filled in: source.password');
  });

  test('only asks, and changes nothing', async () => {
    const before = (await under.cloud.journal()).length;
    await init(['--source', 'mindmeasure-db']);
    const asked = (await under.cloud.journal()).slice(before).map(({ operation }) => operation);
    expect(asked).not.toEqual([]);
    expect(asked.filter((operation) => !operation?.startsWith('Describe'))).toEqual([]);
  });

  test('writes a file, and never over one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'init-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const out = join(folder, 'plan.yaml');
    expect(await init(['--source', 'mindmeasure-db', '--out', out])).toMatchObject({ exitCode: 0, stdout: '' });
    const written = await readFile(out, 'utf8');
    expect(parsePlan(filledIn(written))).toHaveProperty('plan');
    const second = await init(['--source', 'mindmeasure-db', '--out', out]);
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toContain('nothing changed');
    expect(await readFile(out, 'utf8')).toBe(written);
  });

  test('names the instances there are for one that is not', async () => {
    const { exitCode, stdout, stderr } = await init(['--source', 'mindmeasure']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('there is no instance mindmeasure in');
    expect(stderr).toContain('mindmeasure-db');
  });

  test('says what it needs where the API does not answer', async () => {
    const { exitCode, stderr } = await init(['--source', 'mindmeasure-db'], {
      AWS_ENDPOINT_URL_RDS: 'http://127.0.0.1:9',
      AWS_MAX_ATTEMPTS: '1',
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('rds:Describe*');
  });

  test('wants the source and the region', async () => {
    expect(await init([])).toMatchObject({ exitCode: 2 });
  });
});
