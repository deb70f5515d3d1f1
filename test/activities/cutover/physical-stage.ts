import { join } from 'node:path';
import { CreateDBInstanceCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import type { HandOver, Login } from '../../../activities/contract.ts';
import { claimGiver } from '../../../activities/cutover/attempt.ts';
import { readCustody } from '../../../activities/cutover/bookkeeping.ts';
import { installCustody } from '../../../activities/cutover/custody-store.ts';
import { endHandOver, type End } from '../../../activities/cutover/end-hand-over.ts';
import type { MigrationPlan } from '../../../model/plan.ts';
import type { Strategy } from '../../../model/strategy.ts';
import { openCloudStage, ownerOf, planOf, settle, statusOf, type CloudStage } from '../rds/cloud-stage.ts';
import { until } from '../../until.ts';
import { startAttempt, type AttemptStage } from './attempts.ts';

/** A local cloud whose source has custody, a role of the application and a ledger, and a target made as the strategy wants it. */
export interface PhysicalStage {
  readonly stage: CloudStage;
  readonly source: Login;
  planFor(strategy: Strategy): MigrationPlan;
  ask<Row extends object>(login: Login, sql: string): Promise<Row[]>;
  makeGroup(plan: MigrationPlan): Promise<void>;
  makeTarget(plan: MigrationPlan, snapshot?: string): Promise<Login>;
  clearTarget(plan: MigrationPlan): Promise<void>;
  /** Kills an attempt about to take the step, and lets a successor settle what it left. Null: it ran to its end, and says how. */
  killAt(step: string, handOver: HandOver, token: number): Promise<End>;
  /** Custody of both sides as the workflow reads it. */
  states(handOver: HandOver): Promise<readonly (string | null)[]>;
  stop(): Promise<void>;
}

const VERSION = '15.18';
export const APP = { name: 'mindmeasure_app', password: 'env:APP_PASSWORD' };
const INSTANCE = 'mindmeasure-aurora-1';

export async function openPhysicalStage(): Promise<PhysicalStage> {
  const stage = await openCloudStage();
  const { clients, activities, rds, cloud } = stage;
  const source = await loginOf(stage, 'mindmeasure-db');
  const ask = async <Row extends object>(login: Login, sql: string): Promise<Row[]> => {
    await using session = await clients.openSession(login, { name: 'stage' });
    return await session.query<Row>(sql);
  };
  await ask(
    source,
    `CREATE ROLE ${APP.name} LOGIN PASSWORD '${await clients.readSecret(APP.password)}';
     CREATE TABLE ledger (id serial PRIMARY KEY, said text);
     INSERT INTO ledger (said) SELECT 'row ' || n FROM generate_series(1, 500) n;
     GRANT ALL ON ledger, ledger_id_seq TO ${APP.name}`,
  );
  const { migration } = ownerOf(planOf(stage));
  {
    await using session = await clients.openSession(source, { name: 'stage' });
    await installCustody(session, { migration, run: 'run-1', state: 'open' });
  }
  const attemptStage: AttemptStage = {
    pair: { clients, source, roles: [APP] },
    envFile: join(clients.scratch, '..', 'attempt'),
    handOver: () => {
      throw new Error('each attempt brings its own');
    },
  };
  return {
    stage,
    source,
    planFor: (strategy) => ({ ...planOf(stage), strategy }),
    ask,
    makeGroup: (plan) => settle(activities.ensureParameterGroup, { ...ownerOf(plan), engineVersion: VERSION }),
    makeTarget: async (plan, snapshot) => {
      const named = snapshot === undefined ? {} : { snapshot };
      await settle(activities.ensureCluster, { ...ownerOf(plan), engineVersion: VERSION, ...named });
      const endpoint = await settle(activities.awaitCluster, ownerOf(plan));
      await settle(activities.ensureInstance, { ...ownerOf(plan), instance: INSTANCE });
      await settle(activities.awaitInstance, { ...ownerOf(plan), instance: INSTANCE });
      return { ...endpoint, database: source.database, user: source.user };
    },
    clearTarget: async (plan) => {
      await settle(activities.deleteInstance, { ...ownerOf(plan), instance: INSTANCE });
      await settle(activities.deleteCluster, { ...ownerOf(plan), cluster: plan.target.cluster });
    },
    killAt: async (step, handOver, token) => {
      const { endpoint, region } = cloud;
      const attempt = await startAttempt(attemptStage, { handOver, token, at: step, rds: { endpoint, region } });
      const ended = await attempt.end();
      if (ended.signal !== 'SIGKILL') throw new Error(`it was not killed at "${step}": ${ended.stdout}`);
      await using held = await claimGiver({
        clients,
        handOver,
        direction: 'source-to-target',
        token: token + 10,
        abort: new AbortController().signal,
        onStep: () => undefined,
      });
      return await endHandOver(held);
    },
    states: async (handOver) => {
      const read = async (side: 'source' | 'target') =>
        (await readCustody(clients, handOver, { side, token: 0 }))?.state ?? null;
      return [await read('source'), await read('target')];
    },
    stop: async () => {
      rds.destroy();
      await stage.stop();
    },
  };
}

/** A second instance, which publishes: like the source, but with logical replication. */
export async function makeInstance(stage: CloudStage, id: string, group: string): Promise<Login> {
  const wanted = {
    DBInstanceIdentifier: id,
    Engine: 'postgres',
    EngineVersion: '15',
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    MasterUsername: 'mindmeasure_admin',
    MasterUserPassword: await stage.clients.readSecret('env:SOURCE_PASSWORD'),
    DBName: 'mindmeasure',
    DBParameterGroupName: group,
  };
  await stage.rds.send(new CreateDBInstanceCommand(wanted));
  await until(`${id} is available`, async () => (await statusOf(stage.rds, id)) === 'available');
  return await loginOf(stage, id);
}

async function loginOf({ rds }: CloudStage, id: string): Promise<Login> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  const { Address: host = '', Port: port = 0 } = DBInstances?.[0]?.Endpoint ?? {};
  return { host, port, database: 'mindmeasure', user: 'mindmeasure_admin', password: 'env:SOURCE_PASSWORD' };
}
