import { planSchema, type MigrationPlan, type PlanDocument } from '../../model/plan.ts';

const document: PlanDocument = {
  source: {
    account: '123456789012',
    region: 'eu-west-2',
    instance: 'mindmeasure',
    database: 'app',
    user: 'master',
    password: 'env:SOURCE_PASSWORD',
  },
  target: {
    cluster: 'mindmeasure-aurora',
    instance: 'mindmeasure-aurora-1',
    instances: 2,
    engineVersion: '15',
    database: 'app',
    masterUser: 'master',
  },
  strategy: 'dump',
  roles: [{ name: 'app', password: 'env:APP_PASSWORD' }],
  switches: [
    { kind: 'dotenv', name: 'website', path: '/srv/site/.env', key: 'DB_HOST' },
    { kind: 'dotenv', name: 'reports', path: '/srv/reports/.env', key: 'DB_HOST' },
  ],
  cutover: { approvers: ['ada', 'grace', 'olga'], maxWritePause: '5m', reportExpiry: '4h' },
  soak: { duration: '1h' },
  cleanup: { source: 'delete' },
};

/** A plan with all the steps there are; `change` replaces whole top-level parts. */
export const samplePlan = (change: Partial<PlanDocument> = {}): MigrationPlan =>
  planSchema.parse({ ...document, ...change });

export const CUTOVER: PlanDocument['cutover'] = document.cutover;
