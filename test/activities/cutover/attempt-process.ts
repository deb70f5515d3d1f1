import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { HandOver } from '../../../activities/contract.ts';
import type { AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { cutOver } from '../../../activities/cutover/cut-over.ts';
import { sessionOpener } from '../../../activities/postgres/session.ts';
import { copyLedger, handOverBehindFence } from './copy-ledger.ts';

/**
 * One attempt in a process of its own, which stops or kills itself the moment it is about to take the step named: the same
 * as a worker that freezes or dies there. Prints `there` just before, and `{ facts }` or `{ failure }` as its last line.
 */
export interface AttemptInput {
  readonly handOver: HandOver;
  readonly token: number;
  readonly at: string | null;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly caFile: string;
  readonly secrets: Readonly<Record<string, string>>;
}

const [file] = process.argv.slice(2);
const input = JSON.parse(await readFile(file ?? '', 'utf8')) as AttemptInput;
const openSession = sessionOpener({ caFile: input.caFile, readSecret: async (ref) => input.secrets[ref] ?? '' });
const unused = (): never => {
  throw new Error('not part of a hand-over');
};

const order: AttemptOrder = {
  clients: {
    openSession,
    readSecret: async (ref) => input.secrets[ref] ?? '',
    rds: unused,
    programs: { pgDump: '', pgRestore: '' },
    caFile: input.caFile,
    scratch: '',
    evidence: { put: unused },
    pollIntervalMs: 100,
    countCutoverWorkers: unused,
  },
  handOver: input.handOver,
  direction: 'source-to-target',
  token: input.token,
  abort: new AbortController().signal,
  onStep: (step) => {
    if (step !== input.at) return;
    writeSync(1, 'there\n');
    process.kill(process.pid, input.signal);
  },
};

try {
  const follows = input.handOver.plan.strategy === 'blue-green';
  const facts = await (follows ? cutOver(order) : handOverBehindFence(order, copyLedger));
  console.log(JSON.stringify({ facts }));
} catch (error) {
  console.log(JSON.stringify({ failure: error instanceof Error ? error.message : String(error) }));
}
