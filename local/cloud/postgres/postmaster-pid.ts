import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether the server in `dir` accepts connections. PostgreSQL itself writes its state into line 8 of `postmaster.pid`;
 * line 1 tells whose file it is, for one left behind by an earlier server means nothing.
 */
export async function isReady(dir: string, pid: number | undefined): Promise<boolean> {
  const lines = await readLines(dir);
  return Number(lines[0]) === pid && /^(ready|standby)/.test(lines[7] ?? '');
}

/** The process id in `postmaster.pid`, whether or not that process is alive. */
export async function recordedPid(dir: string): Promise<number | undefined> {
  return Number((await readLines(dir))[0]) || undefined;
}

async function readLines(dir: string): Promise<string[]> {
  try {
    return (await readFile(join(dir, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
