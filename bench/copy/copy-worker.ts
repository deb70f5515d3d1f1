import { text } from 'node:stream/consumers';
import { copyLive, type LiveCopyInput } from '../../activities/copy/live/copy-live.ts';
import { loneClients, type LoneMeans } from '../../test/lone-clients.ts';

/** What the process is told on stdin: one live copy, and the means for it. */
export interface CopyWorkerOrder {
  readonly input: LiveCopyInput;
  readonly means: LoneMeans;
}

/** What it says on stdout. */
export interface CopyWorkerResult {
  readonly seconds: number;
  /** The greatest resident memory of this process, as the kernel counted it. */
  readonly rssMb: number;
}

const { input, means } = JSON.parse(await text(process.stdin)) as CopyWorkerOrder;
const clients = loneClients(means);
const began = performance.now();
await copyLive(clients, input, { abort: new AbortController().signal, heartbeat: () => undefined });
const result: CopyWorkerResult = {
  seconds: (performance.now() - began) / 1000,
  rssMb: Math.round(process.resourceUsage().maxRSS / 1024),
};
console.log(JSON.stringify(result));
