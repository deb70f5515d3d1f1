import { CreateDBClusterCommand, StopDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assess } from '../../../activities/assessment/assess.ts';
import type { Assessment } from '../../../activities/contract.ts';
import { sessionName } from '../../../model/names.ts';
import type { MigrationPlan } from '../../../model/plan.ts';
import { openCloudStage, ownerOf, planOf, settle, SOURCE, statusOf, type CloudStage } from '../rds/cloud-stage.ts';
import { named } from './database.ts';
import { until } from '../../until.ts';

let stage: CloudStage;

beforeAll(async () => {
  stage = await openCloudStage();
  await using master = await stage.clients.openSession(await sourceLogin(), { name: sessionName('test', 0) });
  await master.query(
    `CREATE ROLE mindmeasure_app LOGIN PASSWORD 'app-secret'; GRANT mindmeasure_app TO mindmeasure_admin`,
  );
  await master.query('CREATE TABLE profiles (id serial PRIMARY KEY); GRANT SELECT ON profiles TO mindmeasure_app');
});
afterAll(async () => await stage.stop());

const sourceLogin = async () => (await look(planOf(stage))).source;
const look = async (plan: MigrationPlan): Promise<Assessment> =>
  await assess(stage.clients, { ...ownerOf(plan), run: 'run-1' });
const blockers = ({ findings }: Assessment): string[] =>
  named(findings.filter(({ level }) => level === 'blocker')).map((name) => name.replace('blocker ', ''));

describe('a source that is ready', () => {
  test('has no blockers, and its facts are told', async () => {
    const before = await stage.world();
    const assessment = await look(planOf(stage));
    expect(blockers(assessment)).toEqual([]);
    expect(assessment).toMatchObject({
      sourceVersion: '15.18',
      targetVersion: expect.stringMatching(/^15\./),
      tables: 1,
      source: {
        host: '127.0.0.1',
        database: 'mindmeasure',
        user: 'mindmeasure_admin',
        password: 'env:SOURCE_PASSWORD',
      },
    });
    expect(assessment.sourceBytes).toBeGreaterThan(1_000_000);
    expect(await stage.world()).toEqual(before);
  });

  test('is asked with nothing but questions', async () => {
    const changes = (await stage.cloud.journal()).length;
    await look(planOf(stage));
    const operations = (await stage.cloud.journal()).slice(changes).map(({ operation }) => operation);
    expect(operations.filter((operation) => !/^(Describe|List)/.test(operation))).toEqual([]);
  });

  test('leaves no session behind', async () => {
    await look(planOf(stage));
    await using session = await stage.clients.openSession(await sourceLogin(), { name: 'test' });
    await until('the assessment’s sessions are gone', async () => {
      const left = await session.query(`SELECT FROM pg_stat_activity WHERE application_name LIKE 'daybreak/%'`);
      return left.length === 0;
    });
    expect(await session.query(`SELECT FROM pg_namespace WHERE nspname = 'daybreak'`)).toEqual([]);
  });
});

describe('every blocker is said at once', () => {
  test('findings come blockers first, each with a remedy after what was found', async () => {
    const plan = planOf(stage, { target: { parameters: { 'rds.nonsense': '1' } } });
    const { findings } = await look({ ...plan, roles: [{ name: 'ghost', password: 'env:NOWHERE' }] });
    const levels = findings.map(({ level }) => level);
    expect(levels).toEqual(
      levels.toSorted((a, b) => ['blocker', 'warning', 'info'].indexOf(a) - ['blocker', 'warning', 'info'].indexOf(b)),
    );
    expect(named(findings).filter((name) => name.startsWith('blocker'))).toEqual(
      expect.arrayContaining([
        'blocker secret-missing',
        'blocker parameter-unknown',
        'blocker role-missing',
        'blocker role-unknown',
      ]),
    );
  });

  test('the source’s instance is not there', async () => {
    const assessment = await look(planOf(stage, { source: { instance: 'no-such-db' } }));
    expect(blockers(assessment)).toEqual(['source-missing']);
    expect(assessment).toMatchObject({ sourceVersion: '', targetVersion: '', tables: 0 });
  });

  test('the instance belongs to another account than the plan says', async () => {
    expect(blockers(await look(planOf(stage, { source: { account: '999999999999' } })))).toContain('account-differs');
  });

  test('the password of the source is wrong', async () => {
    const assessment = await look(planOf(stage, { source: { password: 'env:APP_PASSWORD' } }));
    expect(blockers(assessment)).toEqual(['source-login']);
    expect(JSON.stringify(assessment)).not.toContain('app-secret');
  });

  test('the password of the source is nowhere', async () => {
    expect(blockers(await look(planOf(stage, { source: { password: 'env:NOWHERE' } })))).toEqual(['secret-missing']);
  });
});

describe('the target’s version', () => {
  const found = async (target: object): Promise<readonly [string, string[]]> => {
    const assessment = await look(planOf(stage, { target }));
    return [assessment.targetVersion, blockers(assessment)];
  };

  test.each(['15', '17'])('%s is the newest minor that AWS can create', async (engineVersion) => {
    expect(await found({ engineVersion })).toEqual([
      expect.stringMatching(new RegExp(`^${engineVersion}\\.\\d+$`)),
      [],
    ]);
  });

  test('is refused when AWS cannot create it, or offers no such class for it', async () => {
    expect(await found({ engineVersion: '15.4' })).toEqual(['', ['target-version']]);
    expect(await found({ engineVersion: '14' })).toEqual(['', ['target-version']]);
    expect(await found({ instanceClass: 'db.imaginary' })).toEqual(['', ['class-not-orderable']]);
  });
});

describe('names of the target', () => {
  test('taken by somebody else block; taken by an earlier run of ours are a fact', async () => {
    const ours = planOf(stage, { target: { cluster: 'ours', instance: 'ours-1' } });
    await settle(stage.activities.ensureParameterGroup, { ...ownerOf(ours), engineVersion: '15.18' });
    await stage.rds.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: 'ours',
        Engine: 'aurora-postgresql',
        MasterUsername: 'other',
        MasterUserPassword: 'other-secret',
      }),
    );
    const { findings } = await look(ours);
    expect(named(findings)).toEqual(expect.arrayContaining(['blocker name-taken', 'info left-over']));
    expect(findings.find(({ check }) => check === 'name-taken')?.message).toContain('cluster ours');
    expect(findings.find(({ check }) => check === 'left-over')?.message).toContain('parameter group');
  });
});

describe('a source that cannot be asked', () => {
  test('blocks when it is stopped', async () => {
    await stage.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: SOURCE }));
    await until('the source is stopped', async () => (await statusOf(stage.rds, SOURCE)) === 'stopped');
    expect(blockers(await look(planOf(stage)))).toEqual(['source-not-available']);
  });
});
