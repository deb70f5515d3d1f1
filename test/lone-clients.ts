import type { Clients } from '../activities/clients.ts';
import { sessionOpener } from '../activities/postgres/session.ts';

/** What a process of its own is handed, as JSON, to work on databases as a worker would. */
export interface LoneMeans extends Pick<Clients, 'caFile' | 'scratch' | 'programs'> {
  /** Passwords by their reference. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Clients of a process that has databases only; `over`: what else it has. Anything besides throws. */
export function loneClients({ secrets, ...means }: LoneMeans, over: Partial<Clients> = {}): Clients {
  const readSecret = async (ref: string): Promise<string> => secrets[ref] ?? '';
  const absent = (): never => {
    throw new Error('a process of its own has databases, and nothing else');
  };
  return {
    ...means,
    readSecret,
    openSession: sessionOpener({ caFile: means.caFile, readSecret }),
    rds: absent,
    evidence: { put: absent },
    pollIntervalMs: 100,
    countCutoverWorkers: absent,
    ...over,
  };
}
