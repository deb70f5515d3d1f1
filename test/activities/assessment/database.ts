import { RDSClient } from '@aws-sdk/client-rds';
import { sessionName } from '../../../model/names.ts';
import { planSchema, type MigrationPlan, type PlanDocument } from '../../../model/plan.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Session } from '../../../activities/clients.ts';
import type { Check, DatabaseSubject } from '../../../activities/assessment/subject.ts';
import { readSize } from '../../../activities/assessment/size.ts';
import type { Major } from '../../../local/cloud/postgres/binaries.ts';
import { startPair, type Pair } from '../../postgres-pair.ts';

/** One real server with a plan that fits it, and checks run against it as the assessment runs them. */
export interface AssessedDatabase {
  readonly pair: Pair;
  readonly plan: MigrationPlan;
  /** Runs one check on a session of its own. */
  look(check: Check<DatabaseSubject>, change?: Partial<DatabaseSubject>): Promise<readonly Finding[]>;
  /** Runs SQL as the master user, looks, and runs what takes the SQL back. */
  lookWith(sql: string, check: Check<DatabaseSubject>, undo: string): Promise<readonly Finding[]>;
  /** Runs one text as the server's superuser. */
  asSuperuser(sql: string): Promise<void>;
}

export const RUN = 'run-of-this-test';

export async function openDatabase(major: Major): Promise<AssessedDatabase> {
  const pair = await startPair({ source: major, target: major });
  const plan = planFor(pair);
  const look: AssessedDatabase['look'] = async (check, change = {}) => {
    await using session = await pair.clients.openSession(pair.source, { name: sessionName(pair.migration, 0) });
    return await check({ ...(await subjectOf(pair, plan, session)), ...change });
  };
  return {
    pair,
    plan,
    look,
    lookWith: async (sql, check, undo) => {
      await pair.sql('source', sql);
      try {
        return await look(check);
      } finally {
        await pair.sql('source', undo);
      }
    },
    asSuperuser: async (sql) => void (await pair.servers.source.sql(sql, [], 'app')),
  };
}

async function subjectOf(pair: Pair, plan: MigrationPlan, session: Session): Promise<DatabaseSubject> {
  const { version } = await readSize(session);
  return {
    migration: pair.migration,
    plan,
    run: RUN,
    clients: pair.clients,
    // Nobody listens there: checks that ask AWS, too, are tested against the local cloud.
    rds: new RDSClient({ region: 'eu-west-2', endpoint: 'http://127.0.0.1:1' }),
    session,
    login: pair.source,
    sourceVersion: version,
    targetVersion: version,
  };
}

export function planFor(pair: Pair, change: Partial<PlanDocument> = {}): MigrationPlan {
  return planSchema.parse({
    source: {
      account: '123456789012',
      region: 'eu-west-2',
      instance: 'source-db',
      database: pair.source.database,
      user: pair.source.user,
      password: pair.source.password,
    },
    target: {
      cluster: 'target-db',
      instance: 'target-db-1',
      engineVersion: '15',
      database: 'app',
      masterUser: 'master',
    },
    strategy: 'dump',
    roles: [...pair.roles],
    cutover: { approvers: ['lead'] },
    ...change,
  });
}

/** What a test compares: level and name of each finding. */
export const named = (findings: readonly Finding[]): string[] =>
  findings.map(({ level, check }) => `${level} ${check}`);
