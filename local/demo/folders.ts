import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PROJECT = new URL('../../', import.meta.url).pathname;

/** Where one demo keeps its things. */
export type Folders = {
  /** What is worth keeping: plan, reports, ledger, logs. */
  readonly kept: string;
  readonly evidence: string;
  readonly logs: string;
  /** The application: its dotenv file and its sources. */
  readonly app: string;
  readonly source: string;
  readonly scratch: string;
  /** Of the cloud: short, and reachable for the account its servers run under. */
  readonly cloud: string;
  readonly temporal: string;
  /** What goes at the end: everything below but what is kept. */
  readonly passing: string;
  /** Removes it. */
  remove(): Promise<void>;
};

export async function makeFolders(): Promise<Folders> {
  const demos = join(PROJECT, '.cache', 'demo');
  await mkdir(demos, { recursive: true });
  const kept = await mkdtemp(join(demos, 'run-'));
  const passing = await mkdtemp(join(tmpdir(), 'daybreak-demo-'));
  await chmod(passing, 0o711); // the cloud's servers run under another account when we are root
  const folders = {
    kept,
    passing,
    evidence: join(kept, 'evidence'),
    logs: join(kept, 'logs'),
    app: join(kept, 'app'),
    source: join(kept, 'app', 'src'),
    scratch: join(passing, 'scratch'),
    cloud: join(passing, 'cloud'),
    temporal: join(passing, 'temporal'),
    remove: () => rm(passing, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
  for (const folder of [folders.logs, folders.source]) await mkdir(folder, { recursive: true });
  return folders;
}
