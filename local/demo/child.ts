import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A process of the demo's own, which is stopped by its id and never by its name. */
export type Child = {
  readonly name: string;
  readonly pid: number;
  /** SIGTERM, then, once `graceMs` are over, SIGKILL to it and all it started. */
  stop(graceMs?: number): Promise<void>;
};

export type ChildOptions = {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Everything it prints, both streams. */
  readonly logFile: string;
  /** It is ready at the first line this finds something in. */
  readonly readyAt: RegExp;
};

const READY_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 3_000;

/**
 * Starts `node` with these arguments; resolves, with the line that told so, once it is ready.
 * @throws Error with its last lines; then nothing it started is left, either
 */
export async function startChild(options: ChildOptions): Promise<{ child: Child; line: string }> {
  const { name, args, env, folder, logFile, readyAt } = options;
  // In a group of its own: Ctrl-C is for the demo, which stops its children in the right order.
  const node = spawn(process.execPath, args, { cwd: folder, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const { pid } = node;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  const child = { name, pid, stop: (graceMs = STOP_GRACE_MS) => stop(node, graceMs) };
  const log = createWriteStream(logFile, { flags: 'a' });
  try {
    return { child, line: await readyLine(node, { readyAt, log }) };
  } catch (error) {
    await child.stop(0);
    killGroup(pid); // it may have ended by itself, and left others behind
    throw new Error(`${name} did not start, its log is ${logFile}: ${messageOf(error)}`, { cause: error });
  }
}

function readyLine(child: ChildProcess, { readyAt, log }: { readyAt: RegExp; log: WriteStream }): Promise<string> {
  return new Promise((resolve, reject) => {
    const last: string[] = [];
    const limit = setTimeout(() => reject(new Error(`not ready after ${READY_LIMIT_MS / 1_000} s`)), READY_LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on('line', (line) => {
        log.write(`${line}\n`);
        last.splice(0, last.length - 4, line);
        if (!readyAt.test(line)) return;
        clearTimeout(limit);
        resolve(line);
      });
    }
    child.once('error', reject).once('exit', (code, signal) => {
      clearTimeout(limit);
      reject(new Error(`it ended with ${signal ?? code}: ${last.join(' | ')}`));
    });
  });
}

async function stop(child: ChildProcess, graceMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (graceMs > 0) child.kill('SIGTERM');
  const insist = setTimeout(() => killGroup(pid), graceMs);
  await ended;
  clearTimeout(insist);
}

/** A worker's supervisor and its workers, too: killed like this, the one we started can end nobody any more. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
