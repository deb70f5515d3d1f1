import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import which from 'which';
import { until } from '../until.ts';
import { DAYBREAK } from './cli-process.ts';

/** A real terminal of 80 × 24 with a shell in it, driven and read through tmux. */
export interface Window {
  /** Starts a command line of the CLI in it. */
  daybreak(line: string): Promise<void>;
  /** The same, for {@link signal}. */
  daybreakForSignals(line: string): Promise<void>;
  signal(name: NodeJS.Signals): Promise<void>;
  /** Presses keys, by tmux's names for them. */
  press(...keys: string[]): Promise<void>;
  /** What stands in the window when `text` does. */
  shows(text: string): Promise<string>;
  close(): Promise<void>;
}

/** Why there can be no window here; null if there can. */
export const noWindow: string | null =
  (await which('tmux', { nothrow: true })) === null ? 'tmux is not installed: apt-get install tmux' : null;

const LIMIT_MS = 45_000;
const LOOK_MS = 200;

export async function openWindow(env: Record<string, string>): Promise<Window> {
  // A server of its own, so that nobody else's sessions are seen or ended.
  const folder = await mkdtemp(join(tmpdir(), 'daybreak-tmux-'));
  const server = join(folder, 'socket');
  const tmux = async (...args: string[]): Promise<string> => (await execa('tmux', ['-S', server, ...args])).stdout;
  await execa(
    'tmux',
    ['-S', server, 'new-session', '-d', '-s', 'test', '-x', '80', '-y', '24', `sh -c 'echo READY; exec sh'`],
    {
      env: { ...env, TZ: 'Europe/Berlin', DAYBREAK_ACTOR: '', NO_COLOR: '' },
    },
  );
  const text = async (): Promise<string> => await tmux('capture-pane', '-t', 'test', '-p', '-S', '-100');
  const shows = async (wanted: string): Promise<string> => {
    let now = '';
    const look = async (): Promise<boolean> => (now = await text()).includes(wanted);
    await until(`"${wanted}" in the window`, look, { limitMs: LIMIT_MS, lookMs: LOOK_MS, seen: () => now });
    return now;
  };
  const press = async (...keys: string[]): Promise<void> => void (await tmux('send-keys', '-t', 'test', ...keys));
  await shows('READY');
  return {
    daybreak: async (line) => await press(`node '${DAYBREAK}' ${line}; echo "exit $?"`, 'Enter'),
    // The program takes the place of the shell that tells its process id.
    daybreakForSignals: async (line) =>
      await press(`sh -c 'echo "process $$"; exec node "${DAYBREAK}" ${line}'; echo "exit $?"`, 'Enter'),
    signal: async (name) => {
      const pids = [...(await shows('process ')).matchAll(/^process (\d+)$/gm)];
      process.kill(Number(pids.at(-1)?.[1]), name);
    },
    press,
    shows,
    close: async () => {
      await tmux('kill-server');
      await rm(folder, { recursive: true });
    },
  };
}
