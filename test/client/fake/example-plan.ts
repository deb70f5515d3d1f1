import { planSchema, type MigrationPlan } from '../../../model/plan.ts';

/** A whole plan with nothing of interest in it. */
export const examplePlan = (): MigrationPlan => planSchema.parse(examplePlanDocument());

export const examplePlanDocument = (): object => ({
  source: {
    account: '123456789012',
    region: 'eu-west-2',
    instance: 'mindmeasure-db',
    database: 'mindmeasure',
    user: 'mindmeasure_admin',
    password: 'env:SOURCE_PASSWORD',
  },
  target: {
    cluster: 'mindmeasure-aurora',
    instance: 'mindmeasure-aurora-instance',
    engineVersion: '15',
    database: 'mindmeasure',
    masterUser: 'mindmeasure',
  },
  strategy: 'dump',
  roles: [{ name: 'app', password: 'env:APP_PASSWORD' }],
  cutover: { approvers: ['anna', 'ben'] },
});
