import type { Cloud } from '../../local/cloud/start.ts';
import { planSchema, type MigrationPlan } from '../../model/plan.ts';
import type { SourceInstance } from '../../local/demo/source-instance.ts';

export const DATABASE = 'bench';
export const SOURCE = 'bench-rds';
const TARGET = 'bench-aurora';
export const TARGET_INSTANCE = `${TARGET}-instance`;
export const MASTER = 'bench_master';
export const TARGET_MASTER = 'benchmaster';
/** Owns the tables and writes them. */
export const APP_ROLE = 'bench_app';
export const POOLER_USER = 'bench_pooler';
export const OPERATOR = 'operator';
export const APPROVER = 'approver';

export interface PlanFacts {
  readonly cloud: Cloud;
  readonly source: SourceInstance;
  readonly major: string;
  /** The file that names the database to clients that go there themselves. */
  readonly envFile: string;
  /** Null: there is none. */
  readonly pooler: { readonly port: number; readonly config: string } | null;
}

/** `blue-green`, and after a rollback the target stays for the next try. */
export const planOf = ({ cloud, major, ...place }: PlanFacts): MigrationPlan =>
  planSchema.parse({
    source: {
      account: cloud.account,
      region: cloud.region,
      instance: SOURCE,
      database: DATABASE,
      user: MASTER,
      password: 'env:SOURCE_PASSWORD',
    },
    target: {
      cluster: TARGET,
      instance: TARGET_INSTANCE,
      engineVersion: major,
      database: DATABASE,
      masterUser: TARGET_MASTER,
      masterPassword: 'env:TARGET_PASSWORD',
      deletionProtection: false,
    },
    strategy: 'blue-green',
    roles: [{ name: APP_ROLE, password: 'env:APP_PASSWORD' }],
    switches: switchesOf(place),
    cutover: { maxWritePause: '1m', approvers: [APPROVER] },
    soak: { duration: '1h' },
    rollback: { target: 'keep' },
  });

const switchesOf = ({ pooler, envFile: path }: Pick<PlanFacts, 'pooler' | 'envFile'>): object[] => {
  if (pooler === null)
    return [
      { kind: 'dotenv', name: 'host', path, key: 'AWS_RDS_HOST', value: '{host}' },
      { kind: 'dotenv', name: 'port', path, key: 'AWS_RDS_PORT', value: '{port}' },
    ];
  const admin = { host: '127.0.0.1', port: pooler.port, user: POOLER_USER, password: 'env:PGBOUNCER_PASSWORD' };
  return [{ kind: 'pgbouncer', name: 'pooler', admin, database: DATABASE, config: pooler.config }];
};
