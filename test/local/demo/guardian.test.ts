import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../../until.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const told = z.object({ pid: z.int() });
let folder: string;
let victim: number | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guarded-'));
});
afterEach(async () => {
  if (victim !== undefined && lives(victim)) process.kill(victim, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Somebody who starts a process that heeds no signal, tells the guardian of it, and then does `next`. */
function starter(next: string): ChildProcess {
  const script = `
    import { spawn } from 'node:child_process';
    import { startGuardian } from './local/demo/guardian.ts';
    const guardian = startGuardian();
    const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ['-e', stubborn], { detached: true, stdio: 'ignore' });
    child.unref();
    const { pid } = child;
    guardian.started(pid);
    guardian.folder(${JSON.stringify(folder)});
    console.log(JSON.stringify({ pid }));
    ${next}`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  return spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function victimOf({ stdout }: ChildProcess): Promise<number> {
  const text = await new Promise((resolve) => stdout?.once('data', resolve));
  return told.parse(JSON.parse(String(text))).pid;
}

test('whoever is killed without tidying up leaves no process and no folder', async () => {
  const starting = starter('setInterval(() => {}, 1000)');
  victim = await victimOf(starting);
  const pid = victim;
  expect(lives(pid)).toBe(true);
  starting.kill('SIGKILL');
  await until('neither process nor folder', () => !lives(pid) && !existsSync(folder));
});

test('what has ended in good order is left alone', async () => {
  const starting = starter('await guardian.done()');
  victim = await victimOf(starting);
  await new Promise((ended) => starting.once('exit', ended));
  expect({ lives: lives(victim), folder: existsSync(folder) }).toEqual({ lives: true, folder: true });
});
