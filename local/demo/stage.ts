import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCloud, type Cloud } from '../cloud/start.ts';
import { startDevServer } from '../temporal/dev-server.ts';
import { startChild } from './child.ts';
import type { ClosingList, Running } from './closing-list.ts';
import { openPooler, type DemoPooler } from './demo-pooler.ts';
import { DAYBREAK, daybreakCli, type DaybreakCli } from './daybreak-cli.ts';
import {
  cloudEnvironment,
  inherited,
  type TemporalPlace,
  workerEnvironment,
  writeTemporalProfile,
} from './environment.ts';
import { makeFolders, PROJECT, type Folders } from './folders.ts';
import {
  DATABASE,
  makeDatabase,
  makePasswords,
  MASTER,
  startApplicationProcess,
  startWriterProcess,
  type Database,
} from './mind-measure.ts';
import type { Narrator } from './narrator.ts';
import type { DemoOptions } from './options.ts';
import { planText } from './plan-file.ts';

/** Everything a migration needs around it, running. */
export type Stage = {
  readonly cloud: Cloud;
  readonly temporal: TemporalPlace;
  readonly database: Database;
  /** Null where the application connects to the database itself. */
  readonly pooler: DemoPooler | null;
  readonly folders: Folders;
  readonly cli: DaybreakCli;
  readonly planFile: string;
  readonly ledger: string;
  readonly appUrl: string;
  /** What a person has to set to use the CLI on this demo. */
  readonly cliEnvironment: Record<string, string>;
  /** Ends the writes and waits for the answers still due. */
  stopWriter(): Promise<void>;
};

const PACE_MS = 300;
const ABOUT =
  'An RDS API with real PostgreSQL servers behind it, on this machine. No AWS account is touched, nothing here costs anything.';

/** Builds the stage; what has been started so far is in `closing`, also when this throws. */
export async function buildStage(options: DemoOptions, narrator: Narrator, closing: ClosingList): Promise<Stage> {
  const folders = await makeFolders();
  closing.add(() => folders.remove());
  closing.guard(folders.passing);
  narrator.chapter('The stage', ABOUT);
  const passwords = makePasswords();
  const [cloud, temporal] = await Promise.all([
    opened(startCloud({ root: folders.cloud, paceMs: PACE_MS, direct: true }), closing),
    reachTemporal(options, folders, closing),
  ]);
  narrator.done(`Temporal runs; it remembers every step of the migration: ${temporal.uiUrl}`);
  const cliEnvironment = await writeTemporalProfile(join(folders.kept, 'temporal.toml'), temporal);
  const base = { ...inherited(process.env), ...cliEnvironment };
  const told = { ...base, ...cloudEnvironment(cloud), ...workerEnvironment(cloud, folders, passwords) };
  const workers = startWorkers(told, folders, closing);
  workers.catch(() => {}); // awaited below; until then the rest goes on
  const database = await makeDatabase(cloud, { folders, passwords, major: options.engine, asMaster: options.asMaster });
  narrator.done(`PostgreSQL ${database.version} as RDS instance mindmeasure-db, with 201,000 rows of Mind Measure`);
  const pooler = options.pooler ? await openPooler(database, { cloud, folders, narrator, closing }) : null;
  const people = await startPeople({ cloud, database, folders, pooler }, closing);
  narrator.done('The application answers, and a writer sends it 40 writes a second, each noted in a ledger');
  await workers;
  narrator.done('Daybreak’s workers are ready: one for decisions, one for copies, two for the cutover');
  const planFile = join(folders.kept, 'plan.yaml');
  await writeFile(planFile, planOf(options, { cloud, database, folders, pooler, ...people }));
  return {
    cloud,
    temporal,
    database,
    pooler,
    folders,
    planFile,
    cli: daybreakCli(base),
    ledger: people.ledger,
    appUrl: people.appUrl,
    cliEnvironment,
    stopWriter: () => people.stopWriter(),
  };
}

/** The one that was named, or one that ends with the demo. */
async function reachTemporal(
  { temporal: address, namespace, ui: uiUrl }: DemoOptions,
  { temporal: folder }: Folders,
  closing: ClosingList,
): Promise<TemporalPlace> {
  if (address !== undefined) return { address, namespace, uiUrl };
  return await opened(startDevServer(folder), closing);
}

async function opened<Thing extends Running>(opening: Promise<Thing>, closing: ClosingList): Promise<Thing> {
  const thing = await opening;
  closing.keep(thing);
  return thing;
}

type Ground = {
  readonly cloud: Cloud;
  readonly database: Database;
  readonly folders: Folders;
  readonly pooler: DemoPooler | null;
};
type People = {
  readonly appUrl: string;
  readonly stagedUrl: string | null;
  readonly ledger: string;
  stopWriter(): Promise<void>;
};

async function startPeople({ cloud, database, folders, pooler }: Ground, closing: ClosingList): Promise<People> {
  const place = { folders, env: inherited(process.env), envFile: database.envFile, caFile: cloud.caFile };
  const [live, staged] = await Promise.all([
    startApplicationProcess(place, 'live'),
    // Behind a pooler the application keeps its address: there is no other to stage.
    pooler === null ? startApplicationProcess(place, 'staged') : null,
  ]);
  for (const started of [live, staged]) if (started !== null) closing.keep(started.child);
  const writer = await startWriterProcess(place, live.url);
  const stopWriter = closing.keep(writer.child);
  return {
    appUrl: live.url,
    stagedUrl: staged?.url ?? null,
    ledger: writer.ledger,
    stopWriter: () => stopWriter(LAST_ANSWERS_MS),
  };
}

/** Longer than the application and the writer wait for a closed database. */
const LAST_ANSWERS_MS = 70_000;

async function startWorkers(env: Record<string, string>, folders: Folders, closing: ClosingList): Promise<void> {
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

const planOf = (
  options: DemoOptions,
  { cloud, database, folders, pooler, appUrl, stagedUrl }: Ground & People,
): string =>
  planText({
    account: cloud.account,
    region: cloud.region,
    database: DATABASE,
    masterUser: MASTER,
    asMaster: options.asMaster,
    major: options.engine,
    strategy: options.strategy,
    soak: options.soak,
    envFile: database.envFile,
    sourceFolder: folders.source,
    appUrl,
    stagedUrl,
    pooler,
  });
