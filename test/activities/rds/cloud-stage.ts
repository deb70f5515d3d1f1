import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateDBInstanceCommand,
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Clients } from '../../../activities/clients.ts';
import { sessionOpener } from '../../../activities/postgres/session.ts';
import { rdsActivities, type RdsActivities } from '../../../activities/rds/index.ts';
import { startCloud, type Cloud } from '../../../local/cloud/start.ts';
import { migrationId } from '../../../model/names.ts';
import { planSchema, type MigrationPlan } from '../../../model/plan.ts';
import { secretReader } from '../../../worker/secrets.ts';
import { toolPath } from '../../tools.ts';
import { until } from '../../until.ts';

/** A local cloud with the source of a migration in it, and the activities as a worker would have them. */
export interface CloudStage {
  readonly cloud: Cloud;
  readonly rds: RDSClient;
  readonly clients: Clients;
  readonly activities: RdsActivities;
  /** What is in the account, by name and tags; two of them are compared with toEqual. */
  world(): Promise<object>;
  /** How often the API was asked for an operation. */
  asked(operation: string): Promise<number>;
  stop(): Promise<void>;
}

/** Failed attempts are what these tests look at; nobody reads of them in the log. */
const QUIET = new DefaultLogger('ERROR');
const SECRETS = { SOURCE_PASSWORD: 'source-secret', APP_PASSWORD: 'app-secret', TARGET_PASSWORD: 'target-secret-1' };
export const SOURCE = 'mindmeasure-db';

/** `paceMs`: how long each intermediate status shows. */
export async function openCloudStage({ paceMs = 0 }: { readonly paceMs?: number } = {}): Promise<CloudStage> {
  const root = await mkdtemp(join(tmpdir(), 'cloud-stage-'));
  const cloud = await startCloud({ root, paceMs });
  const rds = new RDSClient({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await makeSource(rds);
  const readSecret = secretReader(SECRETS);
  const clients: Clients = {
    rds: () => rds,
    openSession: sessionOpener({ readSecret, caFile: cloud.caFile }),
    readSecret,
    programs: { pgDump: toolPath('pg_dump'), pgRestore: toolPath('pg_restore') },
    caFile: cloud.caFile,
    scratch: join(root, 'scratch'),
    evidence: { put: () => Promise.reject(new Error('this stage keeps no evidence')) },
    pollIntervalMs: 50,
    countCutoverWorkers: async () => 2,
  };
  return {
    cloud,
    rds,
    clients,
    activities: rdsActivities(clients),
    world: () => worldOf(rds),
    asked: async (operation) => (await cloud.journal()).filter((call) => call.operation === operation).length,
    stop: async () => {
      rds.destroy();
      await cloud.stop();
      // A server whose making was cut off may still write for a moment.
      await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

async function makeSource(rds: RDSClient): Promise<void> {
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: SOURCE,
      Engine: 'postgres',
      EngineVersion: '15',
      DBInstanceClass: 'db.t3.micro',
      AllocatedStorage: 20,
      MasterUsername: 'mindmeasure_admin',
      MasterUserPassword: SECRETS.SOURCE_PASSWORD,
      DBName: 'mindmeasure',
      BackupRetentionPeriod: 7,
      StorageEncrypted: true,
    }),
  );
  await until('the source is available', async () => (await statusOf(rds, SOURCE)) === 'available');
}

export async function statusOf(rds: RDSClient, instance: string): Promise<string | undefined> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }));
  return DBInstances?.[0]?.DBInstanceStatus;
}

type Change = { readonly [Part in 'target' | 'cleanup' | 'source']?: object };

export function planOf({ cloud }: Pick<CloudStage, 'cloud'>, change: Change = {}): MigrationPlan {
  return planSchema.parse({
    source: {
      account: cloud.account,
      region: cloud.region,
      instance: SOURCE,
      database: 'mindmeasure',
      user: 'mindmeasure_admin',
      password: 'env:SOURCE_PASSWORD',
      ...change.source,
    },
    target: {
      cluster: 'mindmeasure-aurora',
      instance: 'mindmeasure-aurora-1',
      engineVersion: '15',
      database: 'mindmeasure',
      masterUser: 'mindmeasure',
      masterPassword: 'env:TARGET_PASSWORD',
      ...change.target,
    },
    strategy: 'dump',
    roles: [{ name: 'mindmeasure_app', password: 'env:APP_PASSWORD' }],
    cutover: { approvers: ['anna'] },
    cleanup: { ...change.cleanup },
  });
}

export const ownerOf = (plan: MigrationPlan) => ({ migration: migrationId(plan), plan });

/**
 * Runs an activity as Temporal would: a retryable failure is tried again after the delay it names, with the last heartbeat's
 * details; any other is thrown. `patienceMs` is what the workflow's schedule-to-close would be.
 */
export async function settle<Input, Result>(
  activity: (input: Input) => Promise<Result>,
  input: Input,
  patienceMs = 60_000,
): Promise<Result> {
  const scheduledTimestampMs = Date.now();
  let heartbeatDetails: unknown;
  for (;;) {
    const environment = new MockActivityEnvironment({ scheduledTimestampMs, heartbeatDetails }, { logger: QUIET });
    environment.on('heartbeat', (details: unknown) => {
      heartbeatDetails = details;
    });
    try {
      return await environment.run(activity, input);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error;
      if (Date.now() - scheduledTimestampMs > patienceMs)
        throw new Error('the activity did not settle', { cause: error });
      await sleep(Number(error.nextRetryDelay ?? 50));
    }
  }
}

/** One attempt: what it returned, or the failure of ours that it threw. */
export async function attempt<Input, Result>(
  activity: (input: Input) => Promise<Result>,
  input: Input,
): Promise<Result | ApplicationFailure> {
  try {
    return await new MockActivityEnvironment({ scheduledTimestampMs: Date.now() }, { logger: QUIET }).run(
      activity,
      input,
    );
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
}

async function worldOf(rds: RDSClient): Promise<object> {
  const [instances, clusters, groups, snapshots, clusterSnapshots] = await Promise.all([
    rds.send(new DescribeDBInstancesCommand({})),
    rds.send(new DescribeDBClustersCommand({})),
    rds.send(new DescribeDBClusterParameterGroupsCommand({})),
    rds.send(new DescribeDBSnapshotsCommand({})),
    rds.send(new DescribeDBClusterSnapshotsCommand({})),
  ]);
  return {
    instances: instances.DBInstances?.map((one) => [one.DBInstanceIdentifier, one.DBInstanceStatus, one.TagList]),
    clusters: clusters.DBClusters?.map((one) => [one.DBClusterIdentifier, one.Status, one.TagList]),
    groups: groups.DBClusterParameterGroups?.map((one) => one.DBClusterParameterGroupName),
    snapshots: snapshots.DBSnapshots?.map((one) => [one.DBSnapshotIdentifier, one.Status, one.TagList]),
    clusterSnapshots: clusterSnapshots.DBClusterSnapshots?.map((one) => one.DBClusterSnapshotIdentifier),
  };
}
