import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import which from 'which';
import { isReady } from './postmaster-pid.ts';
import { serverUser } from './server-user.ts';
import type { ServerOptions } from './server.ts';

/** Durability against a crash of the machine is not the business of a local cloud; a kill of the process loses nothing. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
};

/** Starts `postgres` itself (not pg_ctl), so that its pid, its exit and its signals are ours. */
export function launchPostmaster(
  { bin, dir }: ServerOptions,
  settings: Readonly<Record<string, string>>,
): ChildProcess {
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [join(bin, 'postgres'), '-D', dir, ...flags];
  // Where util-linux is there, the kernel itself ends the server when we are killed.
  const setpriv = which.sync('setpriv', { nothrow: true });
  const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig=INT', ...command] : command;
  const { uid, gid } = serverUser() ?? {};
  const log = openSync(`${dir}.log`, 'a', 0o640);
  try {
    return spawn(file, args, {
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      cwd: '/',
      env: { PATH: process.env['PATH'], HOME: '/', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Resolves when the server accepts connections. @throws Error with the end of its log when it ends before. */
export async function untilReady(postmaster: ChildProcess, dir: string): Promise<void> {
  let ended: string | undefined;
  postmaster.once('exit', (code, signal) => {
    ended = String(code ?? signal);
  });
  postmaster.once('error', (error) => {
    ended = error.message;
  });
  while (!(await isReady(dir, postmaster.pid))) {
    if (ended !== undefined) throw new Error(`PostgreSQL in ${dir} ended with ${ended}: ${await lastWords(dir)}`);
    await sleep(10);
  }
}

async function lastWords(dir: string): Promise<string> {
  const lines = (await readFile(`${dir}.log`, 'utf8')).trimEnd().split('\n');
  return lines.slice(-4).join(' | ');
}
