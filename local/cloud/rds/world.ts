import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openAuthority, type Authority } from '../postgres/authority.ts';
import type { Relay } from '../postgres/relay.ts';
import { ownedFolder } from '../postgres/copy.ts';
import { letThrough } from '../postgres/server-files.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { openEngines, type Engine } from './engines.ts';
import type { Job } from './job.ts';
import { loadState, saveState, type State } from './state.ts';

/** A hold or a failure that a fault has put on the work of a job. `id` undefined: whichever resource comes. */
export type JobFault = { readonly point: string; readonly id: string | undefined } & (
  | { readonly kind: 'hold'; readonly released: Promise<void>; readonly release: () => void }
  | { readonly kind: 'fail'; readonly status: string | undefined }
);

/** What the handlers and jobs work on: the remembered state, and the processes and sockets that belong to it. */
export type World = {
  readonly root: string;
  readonly state: State;
  readonly engines: readonly Engine[];
  readonly authority: Authority;
  /** How long each intermediate status shows, in ms; end statuses follow real work. */
  paceMs: number;
  /** Set when the cloud stops: work that breaks from then on has not failed, it goes on at the next start. */
  stopping: boolean;
  readonly jobFaults: JobFault[];
  /** Servers by data directory. */
  readonly servers: Map<string, PostgresServer>;
  readonly relays: Map<string, Relay>;
  /** Clients reach the servers themselves, without a relay: nobody can break the network between, nor does it cost anything. */
  readonly direct: boolean;
  readonly templates: Map<string, Promise<string>>;
  /** The last job of each resource, so that the next waits for it. */
  readonly queues: Map<string, Promise<void>>;
  /** Starts a job's work once the operation has answered. */
  begin(job: Job): void;
  /** Called when the server on a data directory ended by itself. */
  died(storage: string): void;
  save(): void;
};

/** What a cloud is started with. */
export type WorldOptions = Pick<World, 'root' | 'paceMs' | 'direct'>;

/** Opens what is on disk in `root`; no server, socket or job is started yet. */
export async function openWorld({ root, paceMs, direct }: WorldOptions): Promise<Omit<World, 'begin' | 'died'>> {
  await mkdir(root, { recursive: true });
  await letThrough(root);
  await ownedFolder(join(root, 'data'));
  const state = loadState(root);
  return {
    root,
    state,
    engines: await openEngines(),
    authority: await openAuthority(join(root, 'ca')),
    paceMs,
    stopping: false,
    jobFaults: [],
    servers: new Map(),
    relays: new Map(),
    direct,
    templates: new Map(),
    queues: new Map(),
    save: () => saveState(root, state),
  };
}
