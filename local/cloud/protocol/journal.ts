import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** One HTTP request to the API, as it was answered. */
export const call = z.object({
  /** When it arrived, ISO 8601. */
  at: z.string(),
  operation: z.string(),
  /** The SDK's own retries of one logical call share it; empty for clients that do not send it. */
  invocation: z.string(),
  /** 1 for the first try of a logical call. */
  attempt: z.number(),
  /** What was asked, secrets replaced by `***`. */
  input: z.record(z.string(), z.unknown()),
  /** `ok`, an error code, or what an injected fault did: `reset before`, `reset after`, `body`. */
  result: z.string(),
});
export type Call = z.infer<typeof call>;

export type Journal = { record(entry: Call): void; readonly calls: readonly Call[] };

/** Every call ever made, one JSON line each in `file`, so that it outlives a kill of the process. */
export function openJournal(file: string): Journal {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const calls = lines.filter((line) => line.endsWith('}')).map((line) => call.parse(JSON.parse(line)));
  return {
    calls,
    record: (entry) => {
      calls.push(entry);
      appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    },
  };
}
