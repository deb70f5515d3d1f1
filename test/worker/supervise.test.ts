import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { countCutoverWorkers } from '../../worker/cutover-pollers.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/ui.ts';
import { quietRuntime } from '../quiet-runtime.ts';
import { startedInTime } from '../started-in-time.ts';
import { PROGRAM } from '../program.ts';
import { toolPath } from '../tools.ts';
import { until } from '../until.ts';

/** The worker as an operator starts it, against a real Temporal server. */
let temporal: TestWorkflowEnvironment;
let root: string;
const started: Running[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'supervise-'));
  quietRuntime();
  const executable = { type: 'existing-path', path: toolPath('temporal') } as const;
  temporal = await startedInTime(() => TestWorkflowEnvironment.createLocal({ server: { executable } }));
});
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await temporal.teardown();
  await rm(root, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  readonly said: () => string;
}

function start(file: string, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, `worker/${file}`, ...flags], {
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace ?? 'default',
      DAYBREAK_SCRATCH: join(root, 'scratch'),
      DAYBREAK_EVIDENCE: join(root, 'evidence'),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  const exit = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  const running = { child, exit, said: () => said };
  started.push(running);
  return running;
}

const PATIENCE = { limitMs: 50_000, seen: () => started.at(-1)?.said() ?? '' };

const says = async ({ said }: Running, words: string): Promise<boolean> =>
  await until(`the worker says "${words}"`, () => said().includes(words), PATIENCE);
const processesOf = ({ said }: Running): number[] =>
  [...said().matchAll(/is ready \(process (\d+)\)/g)].map(([, pid]) => Number(pid));
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the worker', () => {
  test('comes up with two cutover processes, makes the search attributes, restarts who dies, and ends when asked', async () => {
    const worker = start('supervise.ts');
    await says(worker, 'all workers are ready');
    const { connection } = temporal;
    const namespace = temporal.namespace ?? 'default';
    const known = { connection: temporal.nativeConnection, address: temporal.address, namespace };
    await until('two cutover workers polling', async () => (await countCutoverWorkers(known)) === 2, PATIENCE);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)),
    );
    const [victim = 0] = processesOf(worker);
    process.kill(victim, 'SIGKILL');
    await says(worker, 'ended (SIGKILL) and is started again in 500 ms');
    await until('a fifth process that is ready', () => processesOf(worker).length === 5, PATIENCE);
    worker.child.kill('SIGTERM');
    expect(await worker.exit).toBe(0);
    expect(processesOf(worker).filter(lives)).toEqual([]);
  });

  test('leaves no process behind when its supervisor is killed', async () => {
    const worker = start('supervise.ts');
    await says(worker, 'all workers are ready');
    const pids = processesOf(worker);
    expect(pids.filter(lives)).toHaveLength(4);
    worker.child.kill('SIGKILL');
    await until('the end of its processes', () => pids.filter(lives).length === 0, PATIENCE);
  });
});

describe('a worker that cannot start says why and ends', () => {
  test('with 8 when Temporal does not answer', async () => {
    const worker = start('supervise.ts', [], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(await worker.exit).toBe(8);
    expect(worker.said()).toContain(
      'Temporal does not answer at 127.0.0.1:1 (connection refused): start it, or set TEMPORAL_ADDRESS',
    );
  });

  test('with 8 when the namespace does not exist', async () => {
    const worker = start('main.ts', ['--only', 'copy'], { TEMPORAL_NAMESPACE: 'nowhere' });
    expect(await worker.exit).toBe(8);
    expect(worker.said()).toContain('has no namespace nowhere');
  });

  test('with 2 when a variable is wrong', async () => {
    const worker = start('supervise.ts', [], { DAYBREAK_POLL_INTERVAL: 'often' });
    expect(await worker.exit).toBe(2);
    expect(worker.said()).toContain('DAYBREAK_POLL_INTERVAL="often"');
  });

  test('with 2 when its role is none', async () => {
    const worker = start('main.ts', ['--only', 'everything']);
    expect(await worker.exit).toBe(2);
    expect(worker.said()).toContain('--only is "everything": wanted one of main, copy, cutover');
  });
});
