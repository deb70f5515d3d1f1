import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** Signals a person or a supervisor sends; the child decides what they mean and how long it takes. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a TypeScript program of ours as a process of its own, with this one's terminal, folder and environment,
 * and answers with its exit code. `file` is relative to the project's root. The child outlives no signal it is not given.
 */
export async function runChildProgram(file: string, args: readonly string[]): Promise<number> {
  const root = new URL('../', import.meta.url);
  const path = fileURLToPath(new URL(file, root));
  if (!existsSync(path)) throw new Error(`${path} is missing: the installation is not whole`);
  const launcher = fileURLToPath(new URL('client/launch/program.mjs', root));
  const child = execa(process.execPath, [launcher, file, ...args], {
    stdio: 'inherit',
    reject: false,
    forceKillAfterDelay: false,
  });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  // A terminal sends Ctrl-C to both processes; this one only waits, so that the child can finish.
  for (const signal of PASSED_ON) process.on(signal, signal === 'SIGINT' && process.stdin.isTTY ? ignore : passOn);
  try {
    const { exitCode, signal } = await child;
    return exitCode ?? 128 + (signal === undefined ? 1 : constants.signals[signal]);
  } finally {
    for (const signal of PASSED_ON) process.removeListener(signal, passOn).removeListener(signal, ignore);
  }
}

const ignore = (): void => undefined;
