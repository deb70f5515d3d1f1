/**
 * Outlives the demo by seconds: reads process ids and a folder, one a line, and when its input ends, because the demo has gone
 * without tidying up, ends those processes and removes the folder. `done` tells it that there is nothing left to do.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 3_000;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // meant for the demo
const pids = new Set<number>();
const folders: string[] = [];
let isDone = false;
for await (const line of createInterface(process.stdin)) {
  const [what, value = ''] = line.split('\t');
  if (what === 'done') isDone = true;
  else if (what === 'folder') folders.push(value);
  else if (what === 'started') pids.add(Number(value));
  else pids.delete(Number(value));
}
if (!isDone) {
  for (const pid of pids) end(pid, 'SIGTERM');
  await sleep(GRACE_MS);
  for (const pid of pids) end(pid, 'SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
