import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readAddress, type Address } from './address-file.ts';

/** How long a cloud may take until it answers. The first in a folder runs initdb twice, on a busy machine slowly. */
const PATIENCE_MS = 120_000;

export type Launch = {
  readonly root: string;
  readonly paceMs: number;
  readonly direct: boolean;
  /** Outlive us. */
  readonly detached: boolean;
};

/** Starts the cloud as a process of its own and resolves when it answers. @throws Error with the end of its log. */
export async function launch({
  root,
  paceMs,
  direct,
  detached,
}: Launch): Promise<{ child: ChildProcess; address: Address }> {
  mkdirSync(root, { recursive: true, mode: 0o755 });
  const log = openSync(join(root, 'cloud.log'), 'a');
  const launcher = fileURLToPath(new URL('../../client/launch/program.mjs', import.meta.url));
  const flags = [
    '--root',
    root,
    '--pace',
    String(paceMs),
    ...(direct ? ['--direct'] : []),
    ...(detached ? [] : ['--bound']),
  ];
  const child = spawn(process.execPath, [launcher, 'local/cloud/main.ts', 'serve', ...flags], {
    stdio: [detached ? 'ignore' : 'pipe', log, log],
    detached,
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  closeSync(log);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const address = readAddress(root);
    if (address?.pid === child.pid && address !== undefined) return { child, address };
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the local cloud did not start: ${lastWords(root)}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the local cloud did not answer within ${PATIENCE_MS / 1000} s: ${lastWords(root)}`);
    }
    await sleep(20);
  }
}

function lastWords(root: string): string {
  return readFileSync(join(root, 'cloud.log'), 'utf8').trimEnd().split('\n').slice(-8).join('\n');
}
