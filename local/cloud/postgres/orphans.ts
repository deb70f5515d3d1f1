import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { recordedPid } from './postmaster-pid.ts';

/** How long a left-over server may take to end its sessions before it is ended without asking. */
const PATIENCE_MS = 5_000;

/**
 * Ends the server that a killed cloud may have left running in `dir` and resolves when it is gone. Its identity is
 * proved by its command line: a stale pid file may name a process that is none of ours.
 */
export async function endOrphan(dir: string): Promise<void> {
  const pid = await recordedPid(dir);
  if (pid === undefined || !(await isServerOf(pid, dir))) return;
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + PATIENCE_MS;
  let asked: NodeJS.Signals = 'SIGINT';
  while (await isServerOf(pid, dir)) {
    if (Date.now() > deadline && asked !== 'SIGKILL') {
      asked = 'SIGKILL';
      process.kill(pid, asked);
    }
    await sleep(20);
  }
}

async function isServerOf(pid: number, dir: string): Promise<boolean> {
  return (await commandLine(pid)).includes(dir);
}

/** Empty when there is no such process. */
async function commandLine(pid: number): Promise<string> {
  if (!existsSync('/proc/self'))
    return (await execa('ps', ['-o', 'command=', '-p', String(pid)], { reject: false })).stdout;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended between two looks
  }
}
