import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { Client } from 'pg';
import { startCloud, type Cloud } from '../../../local/cloud/start.ts';
import { until as waitUntil } from '../../until.ts';

export const PASSWORD = 'correct horse'.replace(' ', '-');
export const INSTANCE = {
  DBInstanceIdentifier: 'source',
  Engine: 'postgres',
  EngineVersion: '15',
  DBInstanceClass: 'db.t3.micro',
  AllocatedStorage: 20,
  MasterUsername: 'master_user',
  MasterUserPassword: PASSWORD,
  DBName: 'app',
};
export const CLUSTER = {
  DBClusterIdentifier: 'target',
  Engine: 'aurora-postgresql',
  EngineVersion: '17',
  MasterUsername: 'clustermaster',
  MasterUserPassword: PASSWORD,
  DatabaseName: 'app',
  ServerlessV2ScalingConfiguration: { MinCapacity: 0.5, MaxCapacity: 4 },
};
export const MEMBER = {
  DBInstanceIdentifier: 'target-1',
  DBClusterIdentifier: 'target',
  Engine: 'aurora-postgresql',
  DBInstanceClass: 'db.serverless',
};

/** A local cloud in a folder of its own, and an unmodified SDK client that speaks to it. */
export type CloudUnderTest = {
  cloud: Cloud;
  rds: RDSClient;
  readonly root: string;
  /** Starts the cloud again in the same folder, as after a kill. */
  restart(paceMs?: number): Promise<void>;
  close(): Promise<void>;
};

export async function openCloud(paceMs = 0): Promise<CloudUnderTest> {
  const root = await mkdtemp(join(tmpdir(), 'cloud-test-'));
  const cloud = await startCloud({ root, paceMs });
  const under: CloudUnderTest = {
    cloud,
    rds: clientOf(cloud),
    root,
    restart: async (pace = 0) => {
      under.rds.destroy();
      under.cloud = await startCloud({ root, paceMs: pace });
      under.rds = clientOf(under.cloud);
    },
    close: async () => {
      under.rds.destroy();
      await under.cloud.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  return under;
}

export function clientOf({ endpoint, region }: Pick<Cloud, 'endpoint' | 'region'>, maxAttempts = 1): RDSClient {
  return new RDSClient({
    endpoint,
    region,
    maxAttempts,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

export async function instanceStatus(rds: RDSClient, id: string): Promise<string | undefined> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  return DBInstances?.[0]?.DBInstanceStatus;
}
export async function clusterStatus(rds: RDSClient, id: string): Promise<string | undefined> {
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
  return DBClusters?.[0]?.Status;
}
export async function snapshotStatus(rds: RDSClient, id: string): Promise<string | undefined> {
  const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
  return DBSnapshots?.[0]?.Status;
}

/** Asks until the answer is `wanted`, and returns the different answers on the way. `gone` is an error of that kind. */
export async function until(wanted: string, ask: () => Promise<string | undefined>): Promise<string[]> {
  const seen: string[] = [];
  const look = async (): Promise<boolean> => {
    const answer = await ask().catch((error: unknown) => {
      if (error instanceof Error && error.name.endsWith('NotFoundFault')) return 'gone';
      throw error;
    });
    if (answer !== undefined && seen.at(-1) !== answer) seen.push(answer);
    return answer === wanted;
  };
  await waitUntil(`status ${wanted}`, look, { lookMs: 15, seen: () => seen.join(' → ') });
  return seen;
}

export type Login = {
  readonly port: number;
  readonly user: string;
  readonly host?: string;
  readonly password?: string;
  readonly database?: string;
};

/** Runs one statement over verified TLS, as a client of the database would. */
export async function query(cloud: Cloud, login: Login, sql: string): Promise<Record<string, unknown>[]> {
  const ca = await readFile(cloud.caFile, 'utf8');
  const client = new Client({
    host: '127.0.0.1',
    database: 'app',
    password: PASSWORD,
    ...login,
    ssl: { ca, rejectUnauthorized: true },
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function portOf(rds: RDSClient, id: string): Promise<number> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  const port = DBInstances?.[0]?.Endpoint?.Port;
  if (port === undefined) throw new Error(`${id} has no endpoint`);
  return port;
}
