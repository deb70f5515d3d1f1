import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendToLedger } from './ledger.ts';
import type { WritePath } from './write-path.ts';

export type WriteLoadOptions = {
  readonly paths: readonly WritePath[];
  /** Writes a second, over all paths together. */
  readonly rate: number;
  readonly ledger: string;
};
export type WriteLoad = {
  /** Ends sending; every answer still due is awaited and written down. */
  stop(): Promise<void>;
};

/** Sends at a fixed rate; a path that waits for an answer skips its turns, as a client would that shows a spinner. */
export function startWriteLoad({ paths, rate, ledger }: WriteLoadOptions): WriteLoad {
  const stopping = new AbortController();
  const everyMs = (1_000 * paths.length) / rate;
  const running = paths.map((path, turn) => writeAlong(path, { everyMs, turn, ledger, stop: stopping.signal }));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
      await Promise.all(paths.map((path) => path.close()));
    },
  };
}

type Course = { readonly everyMs: number; readonly turn: number; readonly ledger: string; readonly stop: AbortSignal };

async function writeAlong(path: WritePath, { everyMs, turn, ledger, stop }: Course): Promise<void> {
  const startMs = performance.now() + turn;
  for (let slot = 0; !stop.aborted; slot += 1) {
    slot = Math.max(slot, Math.ceil((performance.now() - startMs) / everyMs));
    await sleep(startMs + slot * everyMs - performance.now(), undefined, { signal: stop }).catch(() => {}); // stopped
    if (stop.aborted) return;
    await writeOne(path, ledger);
  }
}

async function writeOne(path: WritePath, ledger: string): Promise<void> {
  const write = { id: randomUUID(), score: randomInt(101) };
  const sentMs = performance.now();
  const answer = await path.send(write).then(
    (by) => ({ by, error: null }),
    (error: unknown) => ({ by: null, error: error instanceof Error ? error.message : String(error) }),
  );
  const answeredMs = performance.now();
  const at = performance.timeOrigin + answeredMs;
  appendToLedger(ledger, { at, path: path.name, ...write, ...answer, tookMs: answeredMs - sentMs });
}
