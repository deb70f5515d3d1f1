import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Role } from '../../worker/roles.ts';
import { until } from '../until.ts';
import type { WorkerInput } from './worker-process.ts';

/** Three, so that one can die and its replacement start while two live. */
const CUTOVER_WORKERS = 3;
const LAUNCHER = fileURLToPath(new URL('../../client/launch/program.mjs', import.meta.url));

/** The workers of one installation, each a process; one that dies is replaced. */
export interface Workers {
  /** Waits until two workers poll the cutover's queue, and one the main queue. */
  twoAlive(): Promise<void>;
  signal(pid: number, signal: NodeJS.Signals): void;
  /** How the one that ended last did. */
  lastWords(): string;
  stop(): Promise<void>;
}

interface Living {
  readonly role: Role;
  readonly kill: (signal: NodeJS.Signals) => boolean;
  readonly ended: Promise<void>;
  isReady: boolean;
}

const launch = (file: string, role: Role) =>
  execa(process.execPath, [LAUNCHER, 'test/chaos/worker-process.ts', file, role], { reject: false, ipc: true });

export async function startWorkers(input: Omit<WorkerInput, 'role'>): Promise<Workers> {
  const file = join(input.folder, 'worker.json');
  await writeFile(file, JSON.stringify(input), { mode: 0o600 });
  const living = new Map<number, Living>();
  let last = '';
  let stopping = false;
  const start = (role: Role): void => {
    const child = launch(file, role);
    const { pid } = child;
    if (pid === undefined) throw new Error(`a worker of ${role} could not be started`);
    const worker: Living = { role, isReady: false, kill: (signal) => child.kill(signal), ended: ended() };
    living.set(pid, worker);
    child.stdout.once('data', () => {
      worker.isReady = true;
    });
    async function ended(): Promise<void> {
      const { stderr, exitCode, signal } = await child;
      last = `${role} ${pid} ended with ${signal ?? exitCode}: ${stderr.slice(-2_000)}`;
      living.delete(pid ?? 0);
      if (!stopping) start(role);
    }
  };
  start('main');
  for (let i = 0; i < CUTOVER_WORKERS; i += 1) start('cutover');
  const ready = (role: Role): number =>
    [...living.values()].filter((worker) => worker.role === role && worker.isReady).length;
  return {
    twoAlive: async () => {
      await until('two cutover workers and a main worker', () => ready('cutover') >= 2 && ready('main') >= 1, {
        seen: () => last,
      });
    },
    lastWords: () => last,
    signal: (pid, signal) => void living.get(pid)?.kill(signal),
    stop: async () => {
      stopping = true;
      const all = [...living.values()];
      for (const { kill } of all) kill('SIGKILL');
      await Promise.all(all.map((worker) => worker.ended));
    },
  };
}
