import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { z } from 'zod';

/** Of `daybreak status --json`, what the demo tells at its end. */
const view = z.object({
  id: z.string(),
  run: z.string(),
  exitCode: z.int(),
  progress: z.object({
    status: z.string(),
    reason: z.string().nullable(),
    evidence: z.string().nullable(),
    sections: z.array(
      z.object({
        name: z.string(),
        status: z.string(),
        startedAt: z.string().nullable(),
        endedAt: z.string().nullable(),
      }),
    ),
    handOvers: z.array(z.object({ closedMs: z.number(), rowsVerified: z.int(), tables: z.int() })),
    gate: z.object({ name: z.string(), report: z.object({ rows: z.int().optional() }) }).nullable(),
  }),
});
export type RunView = z.output<typeof view>;

/** A line of `daybreak watch --json`; without progress while nobody answers. */
const seen = z.object({ progress: z.object({ status: z.string() }).nullish() });

/** The real command line, as a process like anybody's. */
export type DaybreakCli = {
  /** Runs a command that shows itself; answers with its exit code. What it prints on stdout goes to stderr here. */
  show(args: readonly string[], stop?: AbortSignal): Promise<number>;
  /** How the run stands, whether it goes on or has ended. */
  status(run: string): Promise<RunView>;
  /** Resolves to true once the run has this status, to false when watching it ends before. */
  reaches(run: string, status: string): Promise<boolean>;
};

export const DAYBREAK = new URL('../../client/daybreak.mjs', import.meta.url).pathname;
const SIGINT_CODE = 130;

/** A line of `daybreak watch` begins with its moment; for findings and places that is when it was seen, not when it happened. */
function sayOnce(line: string, shown: Set<string>): void {
  const told = line.replace(/^\S+Z (?=warning|info|evidence|hand-over)/, '');
  if (/^\S+Z /.test(line) && shown.has(told)) return;
  shown.add(told);
  process.stderr.write(`${line}\n`);
}

export function daybreakCli(env: Readonly<Record<string, string>>): DaybreakCli {
  const shown = new Set<string>();
  return {
    show: async (args, stop) => {
      // A terminal gets the stream itself, to redraw in place; elsewhere every watch begins at the beginning, so told lines go.
      const target = process.stderr.isTTY ? process.stderr.fd : 'pipe';
      const child = spawn(process.execPath, [DAYBREAK, ...args], { env, stdio: ['inherit', target, 'inherit'] });
      if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => sayOnce(line, shown));
      const interrupt = (): void => void child.kill('SIGINT');
      stop?.addEventListener('abort', interrupt, { once: true });
      const [code] = (await once(child, 'close')) as [number | null];
      stop?.removeEventListener('abort', interrupt);
      return code ?? SIGINT_CODE;
    },
    reaches: async (run, status) => {
      const child = spawn(process.execPath, [DAYBREAK, 'watch', run, '--json'], {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = once(child, 'close');
      for await (const line of createInterface(child.stdout)) {
        if (seen.parse(JSON.parse(line)).progress?.status !== status) continue;
        child.kill('SIGINT');
        await ended;
        return true;
      }
      return false;
    },
    status: async (run) => {
      const { stdout, stderr } = await execa(process.execPath, [DAYBREAK, 'status', run, '--json'], {
        env,
        extendEnv: false,
        reject: false,
      });
      if (stdout === '') throw new Error(`daybreak status gave no answer: ${stderr}`);
      return view.parse(JSON.parse(stdout));
    },
  };
}
