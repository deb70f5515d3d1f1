import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import which from 'which';
import { freePort } from '../cloud/postgres/free-port.ts';
import { serverUser } from '../cloud/postgres/server-user.ts';
import { toolPath } from '../setup/tools.mjs';
import { writePoolerFiles, type PoolerOptions } from './pooler-files.ts';

/** A PgBouncer of our own, on 127.0.0.1. */
export type Pooler = {
  readonly pid: number;
  readonly port: number;
  /** Its `pgbouncer.ini`. */
  readonly config: string;
  /** Ends it at once: its clients are cut off. */
  stop(): Promise<void>;
};

const READY_LIMIT_MS = 20_000;
/** Another process may take the free port before it is used. */
const PORT_TRIES = 3;

/** Starts PgBouncer and resolves once it listens. @throws Error with its last words, or naming the command that brings it */
export async function startPooler(options: PoolerOptions): Promise<Pooler> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const config = await writePoolerFiles(options, port);
    try {
      const child = await launch(config, join(options.folder, 'pgbouncer.log'));
      return { pid: child.pid ?? 0, port, config, stop: () => end(child) };
    } catch (error) {
      if (tries === PORT_TRIES) throw error;
    }
  }
}

async function launch(config: string, logFile: string): Promise<ChildProcess> {
  const command = [toolPath('pgbouncer'), config];
  // Where util-linux is there, the kernel itself ends it when we are killed.
  const setpriv = which.sync('setpriv', { nothrow: true });
  const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig=TERM', ...command] : command;
  // Like PostgreSQL it refuses to run as root.
  const { uid, gid } = serverUser() ?? {};
  const child = spawn(file, args, {
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    await untilUp(child, logFile);
    return child;
  } catch (error) {
    await end(child);
    throw error;
  }
}

function untilUp(child: ChildProcess, logFile: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const last: string[] = [];
    const log = createWriteStream(logFile, { flags: 'a' });
    const limit = setTimeout(
      () => reject(new Error(`PgBouncer was not up after ${READY_LIMIT_MS} ms`)),
      READY_LIMIT_MS,
    );
    child.once('error', reject).once('exit', (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`PgBouncer ended with ${signal ?? code}: ${last.join(' | ')}`));
    });
    if (child.stderr === null) return;
    createInterface(child.stderr).on('line', (line) => {
      log.write(`${line}\n`);
      last.splice(0, last.length - 4, line);
      if (!line.includes('process up')) return;
      clearTimeout(limit);
      resolve();
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
