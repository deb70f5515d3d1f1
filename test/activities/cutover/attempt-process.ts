import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { RDSClient } from '@aws-sdk/client-rds';
import type { HandOver } from '../../../activities/contract.ts';
import type { AttemptOrder } from '../../../activities/cutover/attempt.ts';
import { cutOver } from '../../../activities/cutover/cut-over.ts';
import { loneClients } from '../../lone-clients.ts';
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
  /** The RDS API, where the fenced section asks it. */
  readonly rds?: { readonly endpoint: string; readonly region: string };
}

const [file] = process.argv.slice(2);
const input = JSON.parse(await readFile(file ?? '', 'utf8')) as AttemptInput;
const means = {
  caFile: input.caFile,
  secrets: input.secrets,
  scratch: '',
  programs: { pgDump: '', pgRestore: '' },
};

const api = (place: AttemptInput['rds']): RDSClient =>
  new RDSClient({ ...place, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });

const order: AttemptOrder = {
  clients: loneClients(means, input.rds === undefined ? {} : { rds: () => api(input.rds) }),
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
  const isCopied = input.handOver.plan.strategy === 'dump';
  const facts = await (isCopied ? handOverBehindFence(order, copyLedger) : cutOver(order));
  console.log(JSON.stringify({ facts }));
} catch (error) {
  console.log(JSON.stringify({ failure: error instanceof Error ? error.message : String(error) }));
}
