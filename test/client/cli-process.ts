import { on } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const DAYBREAK = fileURLToPath(new URL('../../client/daybreak.mjs', import.meta.url));

/** What a command line answered. */
export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real CLI as a child without a terminal, in a folder that is not the project's. */
export const startCli = (args: readonly string[], env: Record<string, string>, input = '') =>
  execa(process.execPath, [DAYBREAK, ...args], {
    cwd: '/',
    reject: false,
    input,
    env: { TZ: 'Europe/Berlin', DAYBREAK_ACTOR: '', ...env },
  });

/** Resolves when the child has written `text`; rejects with what it wrote if it ends without. */
export async function untilSaid(
  child: { readonly stdout: Readable; readonly stderr: Readable },
  text: string,
  to: 'stdout' | 'stderr' = 'stdout',
): Promise<void> {
  let said = '';
  for await (const chunk of on(child[to], 'data', { close: ['end'] })) {
    said += String(chunk);
    if (said.includes(text)) return;
  }
  throw new Error(`the CLI ended without saying ${text}; it said: ${said}`);
}

export async function runCli(args: readonly string[], env: Record<string, string>, input?: string): Promise<Ran> {
  const { exitCode, stdout, stderr } = await startCli(args, env, input);
  return { exitCode, stdout, stderr };
}
