import { readFile } from 'node:fs/promises';
import { copyLive, type LiveCopyInput } from '../../../../activities/copy/live/copy-live.ts';
import { loneClients, type LoneMeans } from '../../../lone-clients.ts';

/**
 * One attempt at a live copy in a process of its own, which ends or freezes itself the moment `done` tables have their rows in a stage: the
 * same as a worker that dies or stalls there. Prints `there` just before, and `{ facts }` or `{ failure }` as its last line.
 */
export interface CopyProcessInput extends LoneMeans {
  readonly input: LiveCopyInput;
  readonly stage: 'rows' | 'sync';
  readonly done: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

const [file] = process.argv.slice(2);
const { input, stage: at, done, signal, ...means } = JSON.parse(await readFile(file ?? '', 'utf8')) as CopyProcessInput;

let there = false;
try {
  const facts = await copyLive(loneClients(means), input, {
    abort: new AbortController().signal,
    heartbeat: ({ stage, tablesDone }) => {
      if (there || stage !== at || tablesDone < done) return;
      there = true;
      process.stdout.write('there\n', () => process.kill(process.pid, signal));
    },
  });
  console.log(JSON.stringify({ facts }));
} catch (error) {
  console.log(JSON.stringify({ failure: error instanceof Error ? error.message : String(error) }));
}
