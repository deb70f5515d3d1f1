import { text } from 'node:stream/consumers';
import type { Clients } from '../../activities/clients.ts';
import { copyLive, type LiveCopyInput } from '../../activities/copy/live/copy-live.ts';
import { sessionOpener } from '../../activities/postgres/session.ts';

/** What the process is told on stdin: one live copy, and the means for it. */
export interface CopyWorkerOrder {
  readonly input: LiveCopyInput;
  readonly means: Pick<Clients, 'caFile' | 'scratch' | 'programs'>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What it says on stdout. */
export interface CopyWorkerResult {
  readonly seconds: number;
  /** The greatest resident memory of this process, as the kernel counted it. */
  readonly rssMb: number;
}

const { input, means, secrets } = JSON.parse(await text(process.stdin)) as CopyWorkerOrder;
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
  pollIntervalMs: 1_000,
  countCutoverWorkers: unused,
};
const began = performance.now();
await copyLive(clients, input, { abort: new AbortController().signal, heartbeat: () => undefined });
const result: CopyWorkerResult = {
  seconds: (performance.now() - began) / 1000,
  rssMb: Math.round(process.resourceUsage().maxRSS / 1024),
};
console.log(JSON.stringify(result));
