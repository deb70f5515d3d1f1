import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const entry = z.strictObject({
  /** Milliseconds since the epoch on one monotonic clock: when the answer was in the writer's hands. */
  at: z.number(),
  /** The connection it went over; pauses are counted for each by itself. */
  path: z.string(),
  id: z.uuid(),
  score: z.int(),
  /** `host:port` of the server that acknowledged it; null: nobody did, the client was told so. */
  by: z.string().nullable(),
  /** From sending to answer, in ms. */
  tookMs: z.number(),
  /** What the client was told instead; null when acknowledged. */
  error: z.string().nullable(),
});
/** One answered write. */
export type LedgerEntry = z.output<typeof entry>;

/** Written before the next write is sent: what is in the ledger was acknowledged, whatever happens to the writer. */
export function appendToLedger(file: string, written: LedgerEntry): void {
  appendFileSync(file, `${JSON.stringify(written)}\n`);
}

/** A last line without its end is a writer killed in the middle of it; anything else unreadable throws. */
export function readLedger(file: string): LedgerEntry[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => entry.parse(JSON.parse(line)));
}
