import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openSwitch } from '../../activities/application/switch.ts';
import type { Login } from '../../activities/contract.ts';
import { openRelay, type Relay } from '../../local/cloud/postgres/relay.ts';
import { startDevServer, type DevServer } from '../../local/temporal/dev-server.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { openFollowingStage } from '../activities/cutover/following-stage.ts';
import { MIGRATION, openStage, type Stage } from '../activities/cutover/stage.ts';
import type { SideName } from '../postgres-pair.ts';
import { startBystander, type Bystander } from './bystander.ts';
import type { Strategy } from './cell.ts';
import { startSteadyWriters, type SteadyWriters } from './steady-writers.ts';
import { startWorkers, type Workers } from './workers.ts';

/** A whole installation in which one hand-over after another meets its fault: both sides, Temporal, workers, writers. */
export interface Lane extends AsyncDisposable {
  readonly strategy: Strategy;
  readonly stage: Stage;
  readonly plan: MigrationPlan;
  /** Logins of both sides as workers know them: through a relay, so that their network can fail. */
  readonly logins: Readonly<Record<SideName, Login>>;
  readonly relays: Readonly<Record<SideName, Relay>>;
  readonly temporal: Client;
  readonly workers: Workers;
  readonly writers: SteadyWriters;
  readonly bystander: Bystander;
  /** Where traps lie; emptied before each fault. */
  readonly folder: string;
  killTemporal(): Promise<void>;
  restartTemporal(): Promise<void>;
  /** Puts both sides back as they were opened, with the writes on the source: where no hand-over leads back. */
  renew(): Promise<void>;
}

/** pg_dump must not be older than the server. */
const STAGES: Readonly<Record<Strategy, () => Promise<Stage>>> = {
  'blue-green': () => openFollowingStage('17'),
  dump: () => openStage('15'),
};

/** `workflowBundle`: file with the code of `hand-over-workflow.ts`. */
export async function openLane(workflowBundle: string, strategy: Strategy): Promise<Lane> {
  const root = await mkdtemp(join(tmpdir(), 'daybreak-chaos-'));
  await chmod(root, 0o700);
  const [stage, first] = await Promise.all([STAGES[strategy](), startDevServer(join(root, 'temporal'))]);
  let server: DevServer = first;
  const relays = { source: await relayTo(stage, 'source'), target: await relayTo(stage, 'target') };
  const logins = {
    source: { ...stage.pair.source, port: relays.source.port },
    target: { ...stage.pair.target, port: relays.target.port },
  };
  await stageSwitches(stage, logins);
  const { clients } = stage.pair;
  const workers = await startWorkers({
    address: server.address,
    folder: root,
    caFile: clients.caFile,
    programs: clients.programs,
    secrets: await secretsOf(stage),
    workflowBundle,
  });
  const connection = await Connection.connect({ address: server.address });
  // An application has a network of its own: what cuts off the workers does not touch it.
  const writers = startSteadyWriters({
    envFile: stage.envFile,
    login: (port) => stage.pair.loginOf(port === logins.target.port ? 'target' : 'source', 'app_rw'),
    openSession: (login) => clients.openSession(login, { name: 'application' }),
  });
  const bystander = await startBystander(Object.values(stage.pair.servers));
  return {
    strategy,
    stage,
    plan: stage.plan,
    logins,
    relays,
    temporal: new Client({ connection }),
    workers,
    writers,
    bystander,
    folder: root,
    killTemporal: () => server.kill(),
    restartTemporal: async () => {
      server = await startDevServer(join(root, 'temporal'));
    },
    renew: async () => {
      await stage.reset();
      await stageSwitches(stage, logins);
      writers.forget();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([writers.stop(), bystander.stop()]);
      await workers.stop();
      await connection.close();
      await Promise.all([server.stop(), relays.source.close(), relays.target.close()]);
      await stage.stop();
      await rm(root, { recursive: true });
    },
  };
}

async function relayTo(stage: Stage, side: SideName): Promise<Relay> {
  const relay = await openRelay(0);
  relay.aim(stage.pair[side].port);
  return relay;
}

/** The stage has staged its switches between the sides' own addresses: here both are behind relays. */
async function stageSwitches({ envFile, plan }: Stage, { source, target }: Lane['logins']): Promise<void> {
  await writeFile(envFile, `DB_PORT=${source.port}\n`);
  for (const each of plan.switches) {
    const opened = openSwitch(each, { migration: MIGRATION, from: source, to: target });
    await opened.unstage();
    await opened.stage();
  }
}

async function secretsOf({ pair }: Stage): Promise<Record<string, string>> {
  const references = [pair.source.password, ...pair.roles.map(({ password }) => password)];
  return Object.fromEntries(
    await Promise.all(
      references.map(async (reference) => [reference, await pair.clients.readSecret(reference)] as const),
    ),
  );
}
