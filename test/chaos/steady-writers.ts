import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../../activities/clients.ts';
import type { Login } from '../../activities/contract.ts';

/** Writers of an application that follow its dotenv file for hours, and the ledger of what was acknowledged to them. */
export interface SteadyWriters {
  /** Ids acknowledged since then (ms of `performance.now()`). */
  since(ms: number): readonly string[];
  /** Of these, what its own writer did not find when it logged in again: it was somewhere else at that moment. */
  unseen(ms: number): readonly string[];
  /** Longest time without an acknowledged write since then, until now. */
  longestStill(ms: number): number;
  /** What was acknowledged so far was put away by the stage: nobody looks for it any more. */
  forget(): void;
  stop(): Promise<void>;
}

export interface WritersOrder {
  readonly envFile: string;
  readonly login: (port: number) => Login;
  readonly openSession: (login: Login) => Promise<Session>;
}

const WRITERS = 3;
const BREATH_MS = 10;

interface Written {
  readonly id: string;
  readonly at: number;
}

interface Ledger {
  readonly acknowledged: Written[];
  readonly unseen: Written[];
  /** Ms of `performance.now()`: what is older was put away. */
  forgotten: number;
}

export function startSteadyWriters(order: WritersOrder): SteadyWriters {
  const ledger: Ledger = { acknowledged: [], unseen: [], forgotten: 0 };
  const stopped = new AbortController();
  const running = Array.from({ length: WRITERS }, (_, i) => write(order, `w${i}`, ledger, stopped.signal));
  const after = (ms: number): Written[] =>
    ledger.acknowledged.slice(ledger.acknowledged.findLastIndex(({ at }) => at < ms) + 1);
  return {
    since: (ms) => after(ms).map(({ id }) => id),
    unseen: (ms) => ledger.unseen.filter(({ at }) => at >= ms).map(({ id }) => id),
    longestStill: (ms) => {
      const times = [ms, ...after(ms).map(({ at }) => at), performance.now()];
      return Math.round(Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? at))));
    },
    forget: () => {
      ledger.forgotten = performance.now();
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

async function write(order: WritersOrder, name: string, ledger: Ledger, stopped: AbortSignal): Promise<void> {
  let session: Session | null = null;
  let last: Written | null = null;
  for (let n = 0; !stopped.aborted; n += 1) {
    const id = `${name}-${n}`;
    try {
      if (session === null) {
        session = await order.openSession(order.login(await portIn(order.envFile)));
        if (last !== null && last.at >= ledger.forgotten && !(await isThere(session, last.id)))
          ledger.unseen.push({ id: last.id, at: performance.now() });
      }
      await session.query('INSERT INTO ledger VALUES ($1, $2)', [id, n]);
      last = { id, at: performance.now() };
      ledger.acknowledged.push(last);
    } catch {
      // Refused or ended: the application logs in again, at whatever address its file names by then.
      await session?.close();
      session = null;
    }
    await wait(BREATH_MS);
  }
  await session?.close();
}

const isThere = async (session: Session, id: string): Promise<boolean> =>
  (await session.query('SELECT FROM ledger WHERE id = $1', [id])).length === 1;

const portIn = async (envFile: string): Promise<number> =>
  Number(/^DB_PORT=(\d+)$/m.exec(await readFile(envFile, 'utf8'))?.[1]);
