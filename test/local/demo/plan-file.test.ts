import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { APPROVER, OPERATOR, type PlanFacts, planText, sampleSource, SOURCE } from '../../../local/demo/plan-file.ts';
import { planSchema } from '../../../model/plan.ts';

describe('the plan of the demo', () => {
  const facts: PlanFacts = {
    account: '123456789012',
    region: 'eu-west-2',
    database: 'mindmeasure',
    masterUser: 'mindmeasure_admin',
    asMaster: false,
    major: '15',
    strategy: 'dump',
    soak: '10s',
    envFile: '/demo/app/.env',
    sourceFolder: '/demo/app/src',
    appUrl: 'http://127.0.0.1:1000',
    stagedUrl: 'http://127.0.0.1:2000',
    pooler: null,
  };
  const plan = planSchema.parse(parse(planText(facts)));

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

  test('switches the pooler instead where there is one, and asks the application for the engine behind it', () => {
    const pooler = { port: 6432, config: '/demo/pooler/pgbouncer.ini' };
    const pooled = planSchema.parse(parse(planText({ ...facts, stagedUrl: null, pooler })));
    expect(pooled.switches).toMatchObject([
      { kind: 'pgbouncer', config: pooler.config, admin: { port: 6432, password: 'env:PGBOUNCER_PASSWORD' } },
      { kind: 'source', root: '/demo/app/src' },
    ]);
    expect(pooled.verification.health).toMatchObject([{ stagedUrl: null, expect: { 'database.engine': 'aurora' } }]);
  });

  test('names the master user among the roles where the application logs in as it', () => {
    const asMaster = planSchema.parse(parse(planText({ ...facts, strategy: 'blue-green', asMaster: true })));
    expect(asMaster.roles.map(({ name }) => name)).toEqual(['mindmeasure_admin', 'mindmeasure_reports']);
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
