import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Child, startChild } from '../../../local/demo/child.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'child-'));
});
afterAll(async () => {
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

test('one that ends before it is ready is reported with its last words', async () => {
  await expect(start(`console.error('no room'); process.exit(3)`)).rejects.toThrow(/sample did not start.+no room/);
});
