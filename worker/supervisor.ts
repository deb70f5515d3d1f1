import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { READY } from './ready.ts';
import type { Role } from './roles.ts';

/** Two for the cutover: while one is frozen or dead the other takes over within seconds. */
export const CREW: readonly { readonly name: string; readonly role: Role }[] = [
  { name: 'main', role: 'main' },
  { name: 'copy', role: 'copy' },
  { name: 'cutover-1', role: 'cutover' },
  { name: 'cutover-2', role: 'cutover' },
];

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Who lived this long has started well: the next restart begins with the first pause again. */
const SOUND_MS = 60_000;
/** Exit codes that say why a worker cannot start; see `StartFailure`. */
const HOPELESS: ReadonlySet<number> = new Set([2, 8]);

export interface Supervision {
  /** Fires when everything shall end; the workers finish what they run. */
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Starts the crew and restarts whoever dies, until `stop`. Returns the exit code: 0, or a worker's own when none of the
 * crew ever came up because the configuration is wrong or Temporal cannot be reached.
 */
export async function superviseCrew({ stop, say }: Supervision): Promise<number> {
  const giveUp = new AbortController();
  const ending = AbortSignal.any([stop, giveUp.signal]);
  const ready = new Set<string>();
  let exitCode = 0;
  const watch = {
    ending,
    say,
    onReady: (name: string, pid: number | undefined): void => {
      ready.add(name);
      say(`${name} is ready (process ${pid})`);
      if (ready.size === CREW.length) say('all workers are ready');
    },
    onExit: (code: number | null): void => {
      if (ready.size > 0 || code === null || !HOPELESS.has(code) || ending.aborted) return;
      exitCode = code;
      giveUp.abort();
    },
  };
  await Promise.all(CREW.map((member) => keepAlive(member, watch)));
  return exitCode;
}

interface Watch {
  readonly ending: AbortSignal;
  readonly say: (line: string) => void;
  readonly onReady: (name: string, pid: number | undefined) => void;
  readonly onExit: (code: number | null) => void;
}

async function keepAlive({ name, role }: (typeof CREW)[number], watch: Watch): Promise<void> {
  const { ending, say, onReady, onExit } = watch;
  let pauseMs = FIRST_PAUSE_MS;
  while (!ending.aborted) {
    const bornMs = performance.now();
    const child = launch(role);
    child.on('message', (message) => void (message === READY && onReady(name, child.pid)));
    const [code, signal] = await exitOf(child, ending);
    onExit(code);
    if (ending.aborted) return;
    if (performance.now() - bornMs > SOUND_MS) pauseMs = FIRST_PAUSE_MS;
    say(`${name} ended (${signal ?? `exit ${code}`}) and is started again in ${pauseMs} ms`);
    await sleep(pauseMs, undefined, { signal: ending }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

const launch = (role: Role): ChildProcess =>
  fork(fileURLToPath(new URL('../client/launch/program.mjs', import.meta.url)), ['worker/main.ts', '--only', role], {
    execArgv: [],
  });

/** The channel to the child tells it when we die, too: then it finishes and ends as if asked. */
async function exitOf(child: ChildProcess, ending: AbortSignal): Promise<[number | null, NodeJS.Signals | null]> {
  const end = (): void => void child.kill('SIGTERM');
  ending.addEventListener('abort', end, { once: true });
  try {
    const [code, signal] = await once(child, 'exit');
    return [code, signal];
  } finally {
    ending.removeEventListener('abort', end);
  }
}
