import { stringify } from 'yaml';

export type PlanFacts = {
  readonly account: string;
  readonly region: string;
  readonly database: string;
  readonly masterUser: string;
  /** Whether the application logs in as the master user. */
  readonly asMaster: boolean;
  readonly major: string;
  readonly strategy: string;
  readonly soak: string;
  /** The application's dotenv file, and the folder of its sources. */
  readonly envFile: string;
  readonly sourceFolder: string;
  readonly appUrl: string;
  /** Null where the application reaches the target through a pooler only. */
  readonly stagedUrl: string | null;
  /** The PgBouncer before the database; null: the application connects to the database itself. */
  readonly pooler: { readonly port: number; readonly config: string } | null;
};

export const SOURCE = 'mindmeasure-db';
export const TARGET = 'mindmeasure-aurora';
/** Who asks for the migration and who lets it through: two persons, as the plan demands. */
export const OPERATOR = 'demo-operator';
export const APPROVER = 'second-person';
/** Who gives commands to the pooler. */
export const POOLER_USER = 'pooler_admin';

/** The plan of the demo, as an operator would write it. Passwords are references to the worker's environment. */
export const planText = (
  facts: PlanFacts,
): string => `# The plan of this demo. docs/plan-reference.md explains every field.
${stringify({
  source: {
    account: facts.account,
    region: facts.region,
    instance: SOURCE,
    database: facts.database,
    user: facts.masterUser,
    password: 'env:SOURCE_PASSWORD',
  },
  target: target(facts),
  strategy: facts.strategy,
  roles: [
    facts.asMaster
      ? { name: facts.masterUser, password: 'env:SOURCE_PASSWORD' }
      : { name: 'mindmeasure_app', password: 'env:APP_PASSWORD' },
    { name: 'mindmeasure_reports', password: 'env:REPORTS_PASSWORD' },
  ],
  switches: switches(facts),
  verification: { health: [health(facts)] },
  cutover: { maxWritePause: '2m', approvers: [APPROVER], separationOfDuties: true },
  soak: { duration: facts.soak },
  rollback: { target: 'remove' },
  cleanup: { source: 'stop', finalSnapshot: true },
})}`;

const target = ({ major, database }: PlanFacts): object => ({
  cluster: TARGET,
  instance: `${TARGET}-instance`,
  engineVersion: major,
  database,
  masterUser: 'mindmeasureadmin',
  masterPassword: 'managed',
  minAcu: 0.5,
  maxAcu: 16,
  deletionProtection: false,
});

const switches = ({ envFile, sourceFolder, pooler, database }: PlanFacts): object[] => [
  ...(pooler === null
    ? [
        { kind: 'dotenv', name: 'host of the application', path: envFile, key: 'AWS_RDS_HOST', value: '{host}' },
        { kind: 'dotenv', name: 'port of the application', path: envFile, key: 'AWS_RDS_PORT', value: '{port}' },
      ]
    : [
        {
          kind: 'pgbouncer',
          name: 'pooler of the application',
          admin: { host: '127.0.0.1', port: pooler.port, user: POOLER_USER, password: 'env:PGBOUNCER_PASSWORD' },
          database,
          config: pooler.config,
        },
      ]),
  { kind: 'source', name: 'address in the sources', root: sourceFolder, include: ['**/*.ts'] },
];

const health = ({ appUrl, stagedUrl, pooler }: PlanFacts): object => ({
  name: 'database health',
  url: `${appUrl}/api/database/health`,
  stagedUrl: stagedUrl === null ? null : `${stagedUrl}/api/database/health`,
  expect: {
    status: 'healthy',
    'database.database': '{target.database}',
    ...(pooler === null
      ? // On this machine every server has the same address: the port tells them apart.
        { 'database.host': '{target.host}', 'database.port': '{target.port}' }
      : { 'database.engine': 'aurora' }),
  },
});

/** A file of the application that names the database in its code, as such files do. */
export const sampleSource = ({ host, port }: { host: string; port: number }): string => `\
// Address of the database, for scripts that are run by hand.
export const databaseUrl = 'postgresql://mindmeasure_reports@${host}:${port}/mindmeasure?sslmode=verify-full';
`;
