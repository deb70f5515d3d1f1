import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { APPROVER, OPERATOR, planText, sampleSource, SOURCE } from '../../../local/demo/plan-file.ts';
import { planSchema } from '../../../model/plan.ts';

describe('the plan of the demo', () => {
  const text = planText({
    account: '123456789012',
    region: 'eu-west-2',
    database: 'mindmeasure',
    masterUser: 'mindmeasure_admin',
    major: '15',
    strategy: 'dump',
    soak: '10s',
    envFile: '/demo/app/.env',
    sourceFolder: '/demo/app/src',
    appUrl: 'http://127.0.0.1:1000',
    stagedUrl: 'http://127.0.0.1:2000',
  });
  const plan = planSchema.parse(parse(text));

  test('is a plan like anybody’s, with two persons in it', () => {
    expect(plan.source.instance).toBe(SOURCE);
    expect(plan.cutover).toMatchObject({ approvers: [APPROVER], separationOfDuties: true });
    expect(APPROVER).not.toBe(OPERATOR);
  });

  test('switches host and port in the application’s file and the address in its sources', () => {
    expect(plan.switches).toMatchObject([
      { kind: 'dotenv', key: 'AWS_RDS_HOST' },
      { kind: 'dotenv', key: 'AWS_RDS_PORT' },
      { kind: 'source', root: '/demo/app/src' },
    ]);
    expect(sampleSource({ host: '127.0.0.1', port: 5432 })).toContain('@127.0.0.1:5432/');
  });

  test('holds no password, only where they are', () => {
    expect([plan.source.password, plan.target.masterPassword, ...plan.roles.map(({ password }) => password)]).toEqual([
      'env:SOURCE_PASSWORD',
      'managed',
      'env:APP_PASSWORD',
      'env:REPORTS_PASSWORD',
    ]);
  });
});
