import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { freePort } from '../cloud/postgres/free-port.ts';
import { findTool, toolPath } from '../setup/tools.mjs';

export type DevServer = {
  /** `host:port` for clients. */
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly pid: number;
  readonly logFile: string;
  /** SIGKILL; what was answered before is on disk and there again after the next start in the same folder. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL if that is not heeded. */
  stop(): Promise<void>;
};

/** Search attributes by which migrations are listed; the dev server has to be told their names. */
const SEARCH_ATTRIBUTES = ['MigrationPhase', 'MigrationStatus', 'MigrationStrategy', 'SourceInstance', 'TargetCluster'];
const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

/**
 * Starts Temporal's dev server with its UI on 127.0.0.1. State and ports are kept in `folder`: started again there, it goes on.
 * @throws Error when the CLI is not installed, or with the end of its log when it does not come up
 */
export async function startDevServer(folder: string): Promise<DevServer> {
  const program = toolPath('temporal');
  await mkdir(folder, { recursive: true });
  const { port, uiPort } = await portsOf(folder);
  const address = `127.0.0.1:${port}`;
  const logFile = join(folder, 'temporal.log');
  const child = launch(program, serverArguments({ port, uiPort, database: databaseFile(folder) }), logFile);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  const end = (signal: NodeJS.Signals): Promise<void> => endChild(child, signal);
  try {
    await untilReady(address, child);
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`Temporal did not come up: ${lastLines(logFile)}`, { cause: error });
  }
  return {
    address,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    namespace: 'default',
    pid,
    logFile,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

type Ports = { readonly port: number; readonly uiPort: number };

/** Chosen at the first start and kept, so that clients find a restarted server where it was. */
async function portsOf(folder: string): Promise<Ports> {
  const file = join(folder, 'ports.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify({ port: await freePort(), uiPort: await freePort() }));
  return JSON.parse(readFileSync(file, 'utf8')) as Ports;
}

/** Its schema belongs to one version of the CLI: another version begins anew. */
const databaseFile = (folder: string): string =>
  join(folder, `temporal-${findTool('temporal')?.version ?? 'unknown'}.db`);

function serverArguments({ port, uiPort, database }: Ports & { database: string }): string[] {
  const options = { ip: '127.0.0.1', port, 'ui-ip': '127.0.0.1', 'ui-port': uiPort, 'db-filename': database };
  const quiet = ['--ui-disable-news-fetch', '--log-level', 'warn', '--log-format', 'json'];
  return [
    'server',
    'start-dev',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...quiet,
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** In a group of its own: Ctrl-C in the terminal is for whoever started it, who stops it in its own order. */
function launch(program: string, args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', () => {}); // no pid then, which the caller reports
  child.unref();
  return child;
}

async function untilReady(address: string, child: ChildProcess): Promise<void> {
  const giveUpAt = performance.now() + READY_LIMIT_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 2_000 });
      return await connection.close();
    } catch (error) {
      if (hasEnded(child) || performance.now() >= giveUpAt) throw error;
      await sleep(50);
    }
  }
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(insist);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const lastLines = (logFile: string): string => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
