import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../../../../activities/clients.ts';
import type { Pair } from '../../../postgres-pair.ts';
import { until } from '../../../until.ts';

/** An application that changes, adds and deletes rows on the source the whole time, and logs in again when it is thrown out. */
export interface LiveWriters extends AsyncDisposable {
  /** Waits for one more committed transaction than now. */
  progress(): Promise<void>;
  stop(): Promise<void>;
}

const BREATH_MS = 4;

/** `write`: one transaction's text, for the n-th round of one of the writers. */
export function startLiveWriters(pair: Pair, write: (writer: number, n: number) => string): LiveWriters {
  const stopped = new AbortController();
  let committed = 0;
  const faults: string[] = [];
  const running = [0, 1].map(async (writer) => {
    let session: Session | null = null;
    for (let n = 0; !stopped.signal.aborted; n += 1) {
      try {
        session ??= await pair.clients.openSession(pair.loginOf('source', 'app_rw'), { name: 'application' });
        await session.query(write(writer, n));
        committed += 1;
      } catch (error) {
        faults.push(error instanceof Error ? error.message : 'no error');
        await session?.close();
        session = null;
      }
      await wait(BREATH_MS);
    }
    await session?.close();
  });
  const stop = async (): Promise<void> => {
    stopped.abort();
    await Promise.all(running);
  };
  return {
    progress: async () => {
      const before = committed;
      await until('one more committed transaction', () => committed > before, {
        limitMs: 20_000,
        seen: () => faults.at(-1) ?? 'no failure',
      });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
