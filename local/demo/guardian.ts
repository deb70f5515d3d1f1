import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Sees to it that nothing is left running when the demo itself is killed. */
export type Guardian = {
  started(pid: number): void;
  ended(pid: number): void;
  /** A folder that is to go with the processes. */
  folder(path: string): void;
  /** Everything has been tidied up. */
  done(): Promise<void>;
};

export function startGuardian(): Guardian {
  const launcher = fileURLToPath(new URL('../../client/launch/program.mjs', import.meta.url));
  const child = spawn(process.execPath, [launcher, 'local/demo/guardian-process.ts'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => {}); // then the demo runs without one
  child.stdin.on('error', () => {});
  child.unref();
  const tell = (what: string, value: string | number = ''): void => void child.stdin.write(`${what}\t${value}\n`);
  return {
    started: (pid) => tell('started', pid),
    ended: (pid) => tell('ended', pid),
    folder: (path) => tell('folder', path),
    done: async () => {
      tell('done');
      await new Promise<void>((ended) => child.stdin.end(() => ended()));
    },
  };
}
