import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { Client, Connection, isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { sessionOpener } from '../../activities/postgres/session.ts';
import { startCloud, type Cloud } from '../../local/cloud/start.ts';
import { startChild, type Child } from '../../local/demo/child.ts';
import { cloudEnvironment, inherited, workerEnvironment } from '../../local/demo/environment.ts';
import { createSourceInstance } from '../../local/demo/source-instance.ts';
import { startDevServer, type DevServer } from '../../local/temporal/dev-server.ts';
import type { Answer } from '../../model/gate.ts';
import { migrationId, TASK_QUEUES } from '../../model/names.ts';
import { parsePlan } from '../../model/parse-plan.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import { MIGRATE_WORKFLOW, progressQuery } from '../../workflows/messages.ts';
import { until } from '../until.ts';

const PROJECT = new URL('../../', import.meta.url).pathname;
const DAYBREAK = join(PROJECT, 'client/daybreak.mjs');
const PASSWORDS = { master: 'master-secret', app: 'app-secret', reports: 'unused' };

/** A whole installation whose parts die when a test says so: local cloud, Temporal, workers. */
export interface CrashStage {
  readonly plan: MigrationPlan;
  readonly envFile: string;
  readonly sourcePort: number;
  cloud: Cloud;
  temporal: DevServer;
  start(): Promise<void>;
  /** The run's own answer; null while no worker or no Temporal can give one. */
  progress(): Promise<Progress | null>;
  handle(): Promise<WorkflowHandle>;
  /** Sends a request as the CLI does, again while the server still counts the task of a killed worker as failed. */
  send<Payload>(update: UpdateDefinition<Answer, [Payload]>, payload: Payload): Promise<Answer>;
  /** SIGKILL of the workers and their supervisor, all at once. */
  killWorkers(): void;
  startWorkers(): Promise<void>;
  killTemporal(): Promise<void>;
  restartTemporal(): Promise<void>;
  restartCloud(): Promise<void>;
  /** Asks the source as a role, `app` or the master user. */
  askSource<Row extends object>(sql: string, role?: 'app'): Promise<Row[]>;
  /** The same on the target, once its cluster answers. */
  askTarget<Row extends object>(sql: string, role?: 'app'): Promise<Row[]>;
  /** Runs the real CLI. */
  daybreak(...args: string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>;
  stop(): Promise<void>;
}

/** gRPC status code. */
const FAILED_PRECONDITION: number = 9;

function isFailedPrecondition(error: unknown): boolean {
  if (!(error instanceof Error) || !isGrpcServiceError(error.cause)) return false;
  const code: number = error.cause.code;
  return code === FAILED_PRECONDITION;
}

export async function openCrashStage(change: {
  stagedUrl: string | null;
  envKey: string;
  rows: number;
}): Promise<CrashStage> {
  const root = await mkdtemp(join(tmpdir(), 'daybreak-crash-'));
  const folders = { scratch: join(root, 'scratch'), evidence: join(root, 'evidence') };
  // The servers may run as another user, who has to pass through.
  await chmod(root, 0o755);
  let connection: Connection | null = null;
  let workers: Child | null = null;
  const stage: CrashStage = {
    plan: undefined as never,
    sourcePort: 0,
    envFile: join(root, '.env'),
    cloud: await startCloud({ root: join(root, 'cloud'), paceMs: 300 }),
    temporal: await startDevServer(join(root, 'temporal')),
    start: async () => {
      const handle = await stage.handle();
      await (
        await client()
      ).workflow.start(MIGRATE_WORKFLOW, {
        workflowId: handle.workflowId,
        taskQueue: TASK_QUEUES.main,
        args: [{ plan: stage.plan, operator: 'operator', searchAttributes: false }],
      });
    },
    progress: async () => {
      const handle = await stage.handle();
      const asked = (await client()).connection.withDeadline(Date.now() + 2_000, () => handle.query(progressQuery));
      return asked.catch(() => null);
    },
    handle: async () => (await client()).workflow.getHandle(migrationId(stage.plan)),
    send: async (update, payload) => {
      const handle = await stage.handle();
      return await until(`an answer to ${update.name}`, () =>
        handle.executeUpdate(update, { args: [payload] }).catch((error: unknown) => {
          if (isFailedPrecondition(error)) return null;
          throw error;
        }),
      );
    },
    killWorkers: () => {
      if (workers !== null) process.kill(-workers.pid, 'SIGKILL');
      workers = null;
    },
    startWorkers: async () => {
      const { child } = await startChild({
        name: 'workers',
        args: [DAYBREAK, 'worker'],
        env: environment(),
        folder: PROJECT,
        logFile: join(root, 'workers.log'),
        readyAt: /all workers are ready/,
      });
      workers = child;
    },
    killTemporal: () => stage.temporal.kill(),
    restartTemporal: async () => {
      stage.temporal = await startDevServer(join(root, 'temporal'));
    },
    restartCloud: async () => {
      stage.cloud = await startCloud({ root: join(root, 'cloud'), paceMs: 300 });
    },
    askSource: async (sql, role) => {
      await using session = await open(address, role ?? 'master');
      return await session.query(sql);
    },
    askTarget: async (sql, role) => {
      await using session = await open(await targetAddress(stage.cloud), role ?? 'clinicmaster');
      return await session.query(sql);
    },
    daybreak: async (...args) => {
      const done = await execa(process.execPath, [DAYBREAK, ...args], {
        env: environment(),
        extendEnv: false,
        reject: false,
      });
      return { exitCode: done.exitCode, stdout: done.stdout, stderr: done.stderr };
    },
    stop: async () => {
      stage.killWorkers();
      await connection?.close();
      await Promise.all([stage.temporal.stop(), stage.cloud.stop()]);
      await rm(root, { recursive: true });
    },
  };

  async function client(): Promise<Client> {
    connection ??= await Connection.connect({ address: stage.temporal.address });
    return new Client({ connection });
  }
  const environment = (): Record<string, string> => ({
    ...inherited(process.env),
    ...cloudEnvironment(stage.cloud),
    ...workerEnvironment(stage.cloud, folders, PASSWORDS),
    TEMPORAL_ADDRESS: stage.temporal.address,
  });
  const open = (at: Address, user: string) =>
    sessionOpener({
      caFile: stage.cloud.caFile,
      readSecret: async (name) => (name === 'app' ? PASSWORDS.app : PASSWORDS.master),
    })({ ...at, database: 'clinic', user, password: user }, { name: 'test' });
  const address = await makeSource(stage.cloud);
  await stage.askSource(seed(change.rows));
  await writeFile(stage.envFile, `# the application\n${change.envKey}=${address.port}\n`);
  const text = planText(stage, change.stagedUrl);
  await writeFile(join(root, 'plan.yaml'), text);
  return Object.assign(stage, { plan: readPlan(text), sourcePort: address.port });
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const rdsOf = (cloud: Cloud): RDSClient =>
  new RDSClient({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

async function targetAddress(cloud: Cloud): Promise<Address> {
  const rds = rdsOf(cloud);
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'clinic-aurora' }));
  rds.destroy();
  return { host: DBClusters?.[0]?.Endpoint ?? '', port: DBClusters?.[0]?.Port ?? 0 };
}

async function makeSource(cloud: Cloud): Promise<Address> {
  const rds = rdsOf(cloud);
  try {
    const wanted = {
      instance: 'clinic-db',
      database: 'clinic',
      user: 'master',
      password: PASSWORDS.master,
      major: '15',
    };
    const { host, port } = await createSourceInstance(rds, wanted);
    return { host, port };
  } finally {
    rds.destroy();
  }
}

const seed = (rows: number): string => `
  CREATE ROLE app LOGIN PASSWORD '${PASSWORDS.app}';
  GRANT app TO master;
  GRANT CREATE ON SCHEMA public TO app;
  CREATE TABLE visits (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note text);
  INSERT INTO visits (note) SELECT md5(n::text) FROM generate_series(1, ${rows}) n;
  ALTER TABLE visits OWNER TO app`;

const planText = ({ cloud, envFile }: CrashStage, stagedUrl: string | null): string =>
  stringify({
    source: {
      account: cloud.account,
      region: cloud.region,
      instance: 'clinic-db',
      database: 'clinic',
      user: 'master',
      password: 'env:SOURCE_PASSWORD',
    },
    target: {
      cluster: 'clinic-aurora',
      instance: 'clinic-aurora-1',
      engineVersion: '15',
      database: 'clinic',
      masterUser: 'clinicmaster',
      masterPassword: 'env:SOURCE_PASSWORD',
      deletionProtection: false,
    },
    strategy: 'dump',
    roles: [{ name: 'app', password: 'env:APP_PASSWORD' }],
    switches: [{ kind: 'dotenv', name: 'port', path: envFile, key: 'DB_PORT', value: '{port}' }],
    verification:
      stagedUrl === null
        ? {}
        : { health: [{ name: 'clinic', url: stagedUrl, stagedUrl, expect: { status: 'healthy' } }] },
    cutover: { approvers: ['lead'], maxWritePause: '1m' },
    soak: { duration: '8s' },
  });

function readPlan(text: string): MigrationPlan {
  const parsed = parsePlan(text);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.plan;
}
