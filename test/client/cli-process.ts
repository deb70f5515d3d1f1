import { fileURLToPath } from 'node:url';
import { execa, type Options, type ResultPromise } from 'execa';

export const DAYBREAK = fileURLToPath(new URL('../../client/daybreak.mjs', import.meta.url));

/** What a command line answered. */
export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real CLI as a child without a terminal, in a folder that is not the project's. */
export const startCli = (args: readonly string[], env: Record<string, string>, options: Options = {}): ResultPromise =>
  execa(process.execPath, [DAYBREAK, ...args], {
    cwd: '/',
    reject: false,
    stdin: 'ignore',
    env: { TZ: 'Europe/Berlin', DAYBREAK_ACTOR: '', ...env },
    ...options,
  });

export async function runCli(args: readonly string[], env: Record<string, string>, options: Options = {}): Promise<Ran> {
  const { exitCode, stdout, stderr } = await startCli(args, env, options);
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}
