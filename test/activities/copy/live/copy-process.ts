import { readFile } from 'node:fs/promises';
import { copyLive, type LiveCopyInput } from '../../../../activities/copy/live/copy-live.ts';
import { sessionOpener } from '../../../../activities/postgres/session.ts';
import type { Clients } from '../../../../activities/clients.ts';

/**
 * One attempt at a live copy in a process of its own, which ends or freezes itself the moment `done` tables have their rows: the
 * same as a worker that dies or stalls there. Prints `there` just before, and `{ facts }` or `{ failure }` as its last line.
 */
export interface CopyProcessInput {
  readonly input: LiveCopyInput;
  readonly done: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly caFile: string;
  readonly scratch: string;
  readonly programs: Clients['programs'];
  readonly secrets: Readonly<Record<string, string>>;
}

const [file] = process.argv.slice(2);
const { input, done, signal, secrets, ...means } = JSON.parse(await readFile(file ?? '', 'utf8')) as CopyProcessInput;
const readSecret = async (ref: string): Promise<string> => secrets[ref] ?? '';
const unused = (): never => {
  throw new Error('not part of a copy');
};
const clients: Clients = {
  ...means,
  readSecret,
  openSession: sessionOpener({ caFile: means.caFile, readSecret }),
  rds: unused,
  evidence: { put: unused },
  pollIntervalMs: 100,
  countCutoverWorkers: unused,
};

let there = false;
try {
  const facts = await copyLive(clients, input, {
    abort: new AbortController().signal,
    heartbeat: ({ stage, tablesDone }) => {
      if (there || stage !== 'rows' || tablesDone < done) return;
      there = true;
      process.stdout.write('there\n', () => process.kill(process.pid, signal));
    },
  });
  console.log(JSON.stringify({ facts }));
} catch (error) {
  console.log(JSON.stringify({ failure: error instanceof Error ? error.message : String(error) }));
}
