import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { addressFile } from '../../local/app/database-address.ts';
import { startPooler } from '../../local/app/pooler.ts';
import { startCloud, type Cloud } from '../../local/cloud/start.ts';
import { openAuthority } from '../../local/cloud/postgres/authority.ts';
import { startChild } from '../../local/demo/child.ts';
import { closingList, type ClosingList } from '../../local/demo/closing-list.ts';
import { DAYBREAK } from '../../local/demo/daybreak-cli.ts';
import { cloudEnvironment, inherited, workerEnvironment, writeTemporalProfile } from '../../local/demo/environment.ts';
import { makeFolders, PROJECT, type Folders } from '../../local/demo/folders.ts';
import { startGuardian } from '../../local/demo/guardian.ts';
import { makePasswords, type Passwords } from '../../local/demo/mind-measure.ts';
import type { SourceInstance } from '../../local/demo/source-instance.ts';
import { startDevServer } from '../../local/temporal/dev-server.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { startDirectLoad } from './direct-load.ts';
import { connectTo, makeSource } from './databases.ts';
import { libpq } from './login.ts';
import type { Load, LoadOptions } from './load.ts';
import { startPgbench } from './pgbench-load.ts';
import { APP_ROLE, DATABASE, planOf, POOLER_USER } from './plan.ts';

export interface StageOptions {
  readonly scale: number;
  /** Major version of both sides. */
  readonly major: string;
  /** Connections to a server of the PgBouncer before it; null: the clients reach the database themselves. */
  readonly pool: number | null;
}

/** A cloud with a source, Temporal, Daybreak's workers, and a plan; nothing has been started yet. */
export interface CutoverStage extends AsyncDisposable {
  readonly plan: MigrationPlan;
  /** Folder of the workers' logs, which outlive the stage. */
  readonly logs: string;
  /** Of Temporal. */
  readonly address: string;
  startLoad(options: LoadOptions): Promise<Load>;
  /** A session as the master user of that side. */
  connect(side: 'source' | 'target'): Promise<Client>;
}

/** Everything that was started ends with it, also when this throws or the process is killed. */
export async function openCutoverStage(options: StageOptions): Promise<CutoverStage> {
  const closing = closingList(startGuardian());
  try {
    return await build(options, closing);
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

async function build({ scale, major, pool }: StageOptions, closing: ClosingList): Promise<CutoverStage> {
  const folders = await makeFolders();
  closing.add(() => folders.remove());
  closing.guard(folders.passing);
  const passwords = makePasswords();
  const [cloud, temporal] = await Promise.all([
    startCloud({ root: folders.cloud, direct: true }),
    startDevServer(folders.temporal),
  ]);
  closing.keep(cloud);
  closing.keep(temporal);
  const profile = await writeTemporalProfile(join(folders.kept, 'temporal.toml'), temporal);
  // One after the other: making gigabytes takes both cores.
  await startWorkers({ cloud, folders, passwords, closing }, profile);
  const source = await makeSource({ cloud, passwords, major }, scale);
  const envFile = join(folders.app, '.env');
  const address = { host: source.host, port: source.port, database: DATABASE, user: APP_ROLE, password: passwords.app };
  await writeFile(envFile, addressFile(address), { mode: 0o600 });
  const pooler = pool === null ? null : await putPoolerBefore(source, pool, { cloud, folders, passwords, closing });
  const app = { caFile: cloud.caFile, user: APP_ROLE, password: passwords.app };
  return {
    plan: planOf({ cloud, source, major, envFile, pooler }),
    logs: folders.logs,
    address: temporal.address,
    startLoad: (load) =>
      pooler === null
        ? startDirectLoad({ envFile, caFile: cloud.caFile }, load)
        : startPgbench(libpq({ ...app, host: '127.0.0.1', port: pooler.port }), load),
    connect: (side) => connectTo(side, { cloud, source, passwords }),
    [Symbol.asyncDispose]: () => closing.closeAll(),
  };
}

interface Place {
  readonly cloud: Cloud;
  readonly folders: Folders;
  readonly passwords: Passwords;
  readonly closing: ClosingList;
}

async function startWorkers(
  { cloud, folders, passwords, closing }: Place,
  profile: Record<string, string>,
): Promise<void> {
  const env = {
    ...inherited(process.env),
    ...profile,
    ...cloudEnvironment(cloud),
    ...workerEnvironment(cloud, folders, passwords),
    TARGET_PASSWORD: passwords.master,
  };
  const { child } = await startChild({
    name: 'daybreak worker',
    args: [DAYBREAK, 'worker'],
    env,
    folder: PROJECT,
    logFile: join(folders.logs, 'worker.log'),
    readyAt: /all workers are ready/,
  });
  closing.keep(child);
}

async function putPoolerBefore(source: SourceInstance, pool: number, { cloud, folders, passwords, closing }: Place) {
  const { host, port } = source;
  const authority = await openAuthority(dirname(cloud.caFile));
  const pooler = await startPooler({
    folder: join(folders.passing, 'pooler'),
    database: { name: DATABASE, host, port, database: DATABASE },
    logins: { [APP_ROLE]: passwords.app, [POOLER_USER]: passwords.pooler },
    admin: POOLER_USER,
    caFile: cloud.caFile,
    certificate: await authority.issue(),
    settings: { default_pool_size: String(pool) },
  });
  closing.keep(pooler);
  return pooler;
}
