import { readFile } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker, type ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Clients } from '../../activities/clients.ts';
import { createActivities } from '../../activities/index.ts';
import { sessionOpener } from '../../activities/postgres/session.ts';
import { workerOptions, type Role } from '../../worker/roles.ts';
import { failingCalls, type FailingCalls } from './failing-calls.ts';
import { leave, takeOrder } from './trap.ts';

/** A worker of the product, with its own options and activities, that walks into a trap. Says `ready` once it polls. */
export interface WorkerInput {
  readonly role: Role;
  /** Of Temporal, `host:port`. */
  readonly address: string;
  /** Where orders come and go. */
  readonly folder: string;
  readonly caFile: string;
  readonly programs: Clients['programs'];
  readonly secrets: Readonly<Record<string, string>>;
  readonly workflowBundle: string;
}

const [file = '', role = ''] = process.argv.slice(2);
const input: WorkerInput = { ...(JSON.parse(await readFile(file, 'utf8')) as WorkerInput), role: role as Role };
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
// Whoever started it is gone.
process.on('disconnect', () => process.exit(1));
const connection = await NativeConnection.connect({ address: input.address });
const readSecret = async (reference: string): Promise<string> => input.secrets[reference] ?? '';
const calls = failingCalls(sessionOpener({ caFile: input.caFile, readSecret }));
const { address } = input;
const worker = await Worker.create({
  ...workerOptions(input.role, {
    temporal: { connection, address, namespace: 'default' },
    activities: createActivities(clientsOf(input, calls)),
    shutdownGraceMs: 60_000,
    workflowBundle: input.role === 'main' ? { codePath: input.workflowBundle } : undefined,
  }),
  interceptors: { activity: [trapped(input.folder, calls)] },
});
process.on('SIGTERM', () => worker.shutdown());
const running = worker.run();
process.stdout.write('ready\n');
await running;
await connection.close();
if (process.connected) process.disconnect();

function clientsOf({ caFile, folder, programs }: WorkerInput, { openSession }: FailingCalls): Clients {
  const unused = (): never => {
    throw new Error('not part of a hand-over');
  };
  return {
    openSession,
    readSecret,
    rds: unused,
    programs,
    caFile,
    scratch: folder,
    evidence: { put: unused },
    pollIntervalMs: 100,
    countCutoverWorkers: async () => 2,
  };
}

/** An attempt tells the step it is about to take by its heartbeat, at once: there it is caught. */
function trapped(folder: string, failing: FailingCalls): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      execute: async (activity, next) => {
        const context = Context.current();
        const deafen = makeDeafenable(context);
        const watched = watch(context, (step) => {
          failing.end();
          return spring(step, { folder, failing, deafen });
        });
        try {
          return await next(activity);
        } finally {
          failing.end();
          if (watched.isCaught()) leave(folder, 'over');
        }
      },
    },
  });
}

/** What the attempt hears of aborts goes through here, until it is deafened. */
function makeDeafenable(context: Context): () => void {
  const heard = new AbortController();
  const { cancellationSignal } = context;
  const abort = (): void => heard.abort(cancellationSignal.reason);
  cancellationSignal.addEventListener('abort', abort);
  Object.defineProperty(context, 'cancellationSignal', { value: heard.signal });
  return () => cancellationSignal.removeEventListener('abort', abort);
}

function watch(context: Context, arrive: (step: string) => boolean): { readonly isCaught: () => boolean } {
  let last = '';
  let isCaught = false;
  const beat = context.heartbeat;
  const heartbeat = (details?: unknown): void => {
    beat(details);
    const step: unknown = typeof details === 'object' && details !== null ? Reflect.get(details, 'stage') : undefined;
    if (typeof step !== 'string' || step === last) return;
    last = step;
    isCaught = arrive(step) || isCaught;
  };
  Object.defineProperty(context, 'heartbeat', { value: heartbeat });
  return { isCaught: () => isCaught };
}

interface Victim {
  readonly folder: string;
  readonly failing: FailingCalls;
  readonly deafen: () => void;
}

function spring(step: string, { folder, failing, deafen }: Victim): boolean {
  const order = takeOrder(folder, step);
  if (order === null) return false;
  const { deed } = order;
  if (deed.kind === 'signal') {
    if (deed.deaf === true) deafen();
    process.kill(process.pid, deed.signal);
  } else failing.begin(deed, () => leave(folder, 'struck'));
  return true;
}
