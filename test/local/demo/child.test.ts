import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Child, startChild } from '../../../local/demo/child.ts';
import { until } from '../../until.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'child-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const start = (script: string): Promise<{ child: Child; line: string }> =>
  startChild({
    name: 'sample',
    args: ['-e', script],
    env: { ONLY: 'this' },
    folder,
    logFile: join(folder, 'sample.log'),
    readyAt: /^ready/,
  });
const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a child is there once it says so, sees no environment but its own, and ends when asked', async () => {
  const { child, line } = await start(`
    console.log('not yet'); console.log('ready', Object.keys(process.env).filter((n) => !n.startsWith('__')).join());
    setInterval(() => {}, 1000)`);
  expect(line).toBe('ready ONLY');
  expect(lives(child.pid)).toBe(true);
  await child.stop();
  expect(lives(child.pid)).toBe(false);
  expect(readFileSync(join(folder, 'sample.log'), 'utf8')).toContain('not yet');
});

test('one that does not heed SIGTERM is killed', async () => {
  const { child } = await start(`process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)`);
  await child.stop(50);
  expect(lives(child.pid)).toBe(false);
});

/** Starts another process, and says which. */
const ANOTHER = `console.log('another', require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).pid);`;
async function endOfAnother(): Promise<boolean> {
  const log = join(folder, 'sample.log');
  const said = (): string | undefined =>
    existsSync(log) ? /another (\d+)/.exec(readFileSync(log, 'utf8'))?.[1] : undefined;
  const pid = Number(await until('its word in the log', said));
  return await until('the end of what it started', () => !lives(pid));
}

test('and so is what such a one started', async () => {
  const { child } = await start(`process.on('SIGTERM', () => {}); ${ANOTHER} console.log('ready')`);
  await child.stop(50);
  expect(await endOfAnother()).toBe(true);
});

test('nothing is left of one that never becomes ready', async () => {
  await expect(start(`${ANOTHER} process.exit(3)`)).rejects.toThrow('sample did not start');
  expect(await endOfAnother()).toBe(true);
});

test('one that ends before it is ready is reported with its last words', async () => {
  await expect(start(`console.error('no room'); process.exit(3)`)).rejects.toThrow(/sample did not start.+no room/);
});
