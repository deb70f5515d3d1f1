import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../../../activities/clients.ts';
import { until } from '../../until.ts';
import type { Stage } from './stage.ts';

/** Writers of an application that follow its dotenv file, and the ledger of what the database acknowledged to them. */
export interface Writers {
  /** Waits until one more write than now is acknowledged. */
  progress(): Promise<void>;
  /** Stops and answers the ids of all acknowledged writes. */
  stop(): Promise<readonly string[]>;
}

/** Half of the shortest pause, so that each writer meets every one, yet long enough that four leave the processor to what is tested. */
const BREATH_MS = 20;
/** A login costs as much as ten writes, and behind closed doors each is refused. */
const AFTER_A_REFUSAL_MS = 50;

/** The rows of those before may still be there. */
let started = 0;

export function startWriters(stage: Stage, count = 4): Writers {
  const acknowledged: string[] = [];
  const stopped = new AbortController();
  const running = Array.from({ length: count }, () =>
    writer(stage, `w${(started += 1)}`, acknowledged, stopped.signal),
  );
  return {
    progress: async () => {
      const before = acknowledged.length;
      await until('one more acknowledged write', () => acknowledged.length > before, { lookMs: BREATH_MS });
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
      return acknowledged;
    },
  };
}

async function writer(stage: Stage, name: string, acknowledged: string[], stopped: AbortSignal): Promise<void> {
  let session: Session | null = null;
  for (let n = 0; !stopped.aborted; n += 1) {
    let breath = BREATH_MS;
    const id = `${name}-${n}`;
    try {
      session ??= await login(stage);
      await session.query('INSERT INTO ledger VALUES ($1, $2)', [id, n]);
      acknowledged.push(id);
    } catch {
      // Refused or ended: the application logs in again, at whatever address its file names by then.
      await session?.close();
      session = null;
      breath = AFTER_A_REFUSAL_MS;
    }
    await wait(breath);
  }
  await session?.close();
}

async function login({ pair, envFile }: Stage): Promise<Session> {
  const port = Number(/^DB_PORT=(\d+)$/m.exec(await readFile(envFile, 'utf8'))?.[1]);
  const side = port === pair.target.port ? pair.target : pair.source;
  const [role] = pair.roles;
  if (role === undefined) throw new Error('the application has no role');
  return pair.clients.openSession({ ...side, user: role.name, password: role.password }, { name: 'application' });
}
