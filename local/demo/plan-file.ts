import { stringify } from 'yaml';

export type PlanFacts = {
  readonly account: string;
  readonly region: string;
  readonly database: string;
  readonly masterUser: string;
  readonly major: string;
  readonly strategy: string;
  readonly soak: string;
  /** The application's dotenv file, and the folder of its sources. */
  readonly envFile: string;
  readonly sourceFolder: string;
  readonly appUrl: string;
  readonly stagedUrl: string;
};

export const SOURCE = 'mindmeasure-db';
export const TARGET = 'mindmeasure-aurora';
/** Who asks for the migration and who lets it through: two persons, as the plan demands. */
export const OPERATOR = 'demo-operator';
export const APPROVER = 'second-person';

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
    { name: 'mindmeasure_app', password: 'env:APP_PASSWORD' },
    { name: 'mindmeasure_reports', password: 'env:REPORTS_PASSWORD' },
  ],
  switches: switches(facts),
  verification: { health: [health(facts)] },
  cutover: { maxWritePause: '2m', approvers: [APPROVER], separationOfDuties: true },
  soak: { duration: facts.soak },
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

const switches = ({ envFile, sourceFolder }: PlanFacts): object[] => [
  { kind: 'dotenv', name: 'host of the application', path: envFile, key: 'AWS_RDS_HOST', value: '{host}' },
  { kind: 'dotenv', name: 'port of the application', path: envFile, key: 'AWS_RDS_PORT', value: '{port}' },
  { kind: 'source', name: 'address in the sources', root: sourceFolder, include: ['**/*.ts'] },
];

const health = ({ appUrl, stagedUrl }: PlanFacts): object => ({
  name: 'database health',
  url: `${appUrl}/api/database/health`,
  stagedUrl: `${stagedUrl}/api/database/health`,
  // On this machine every server has the same address: the port tells them apart.
  expect: {
    status: 'healthy',
    'database.host': '{target.host}',
    'database.port': '{target.port}',
    'database.database': '{target.database}',
  },
});

/** A file of the application that names the database in its code, as such files do. */
export const sampleSource = ({ host, port }: { host: string; port: number }): string => `\
// Address of the database, for scripts that are run by hand.
export const databaseUrl = 'postgresql://mindmeasure_reports@${host}:${port}/mindmeasure?sslmode=verify-full';
`;
