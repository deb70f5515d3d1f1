import { execa } from 'execa';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { toolPath } from '../../local/setup/tools.mjs';
import type { Load, LoadOptions, LoadRecord } from './load.ts';
import { readPgbenchLog } from './pgbench-log.ts';

const SCRIPT = fileURLToPath(new URL('tpcb.sql', import.meta.url));
/** Longer than any run; it is ended before. */
const LIMIT_S = 24 * 3_600;

/** What libpq reads from the environment to reach the pool. */
export type Libpq = Readonly<Record<string, string>>;

/** TPC-B as pgbench writes it, and a row in the ledger in the same transaction. */
export async function startPgbench(env: Libpq, { run, scale, clients, rate }: LoadOptions): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'daybreak-bench-'));
  const options = {
    file: SCRIPT,
    client: clients,
    jobs: 1,
    rate,
    time: LIMIT_S,
    scale,
    'log-prefix': join(folder, 'log'),
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const flags = ['--no-vacuum', '--log', `--define=run=${run}`, '--define=n=0'];
  const child = execa(toolPath('pgbench'), [...args, ...flags], { env, reject: false, cwd: folder });
  const aborted: { atMs: number; message: string }[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (line.includes('aborted')) aborted.push({ atMs: Date.now(), message: line });
  });
  let ended = false;
  const end = async (signal: 'SIGALRM' | 'SIGKILL') => {
    if (!ended) child.kill(signal);
    ended = true;
    return await child;
  };
  return {
    stop: async () => {
      // What `--time` itself ends it by: transactions under way are finished, counted and written to the log.
      const { stdout, stderr } = await end('SIGALRM');
      const record = readPgbenchLog(await readLogs(folder));
      assertComplete(record, stdout, stderr);
      return { ...record, failed: [...record.failed, ...aborted] };
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}

async function readLogs(folder: string): Promise<string> {
  const files = await readdir(folder);
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('');
}

/** A log cut short would hide writes that were lost. */
function assertComplete({ acknowledged }: LoadRecord, stdout: string, stderr: string): void {
  const processed = /transactions actually processed: (\d+)/.exec(stdout)?.[1];
  if (Number(processed) !== acknowledged.length)
    throw new Error(
      `pgbench says ${processed ?? 'not'} how many transactions it did, its log has ${acknowledged.length}; wanted the same: ${stderr}`,
    );
}
