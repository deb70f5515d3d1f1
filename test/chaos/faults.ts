import type { WorkflowHandle } from '@temporalio/client';
import { sessionName } from '../../model/names.ts';
import { MIGRATION } from '../activities/cutover/stage.ts';
import type { SideName } from '../postgres-pair.ts';
import type { Lane } from './lane.ts';
import type { Caught, TrapOrder } from './trap.ts';

/** An attempt that stands still, about to take its step. */
export interface Struck {
  readonly lane: Lane;
  readonly handle: WorkflowHandle;
  readonly caught: Caught;
}

/** What happens to the attempt, to its workflow or around them. */
export interface Fault {
  /** For people. */
  readonly what: string;
  /** What the worker does to itself at the step; it stops and waits to be let go on unless told. */
  readonly deed?: (nth: number) => TrapOrder['deed'];
  /** Made while the attempt stands still, which then goes on. Answers how many there are of its kind at this step. */
  readonly make?: (struck: Struck, nth: number) => Promise<number>;
  /** How long it lasts before it is healed, in ms; 0 unless told. */
  readonly lastsMs?: number;
  /** `after-end`: the fault lasts until the hand-over has ended. */
  readonly heal?: (struck: Struck) => Promise<void>;
  readonly healed?: 'after-end';
  /** Made once for each call, or each connection, of the step. */
  readonly each?: true;
  /** The caught attempt never comes back. */
  readonly dies?: true;
  /** The workflow is ended by it, so custody alone says how the hand-over ended. */
  readonly endsWorkflow?: true;
}

const CUT_MS = 4_000;
const STALL_MS = 3_000;
const PAUSED_MS = 4_000;
const LATE_MS = 100;
const NAMESPACE = 'default';
/** Status of gRPC. */
const NOT_FOUND = 5;

const signal =
  (name: NodeJS.Signals) =>
  async ({ lane, caught }: Struck): Promise<number> => {
    lane.workers.signal(caught.pid, name);
    return 1;
  };
const link =
  (state: Parameters<Lane['relays']['source']['link']>[0]) =>
  async ({ lane }: Struck): Promise<number> => {
    lane.relays.source.link(state);
    lane.relays.target.link(state);
    return 1;
  };
const up = async (struck: Struck): Promise<void> => void (await link('up')(struck));
const killTemporal = async ({ lane }: Struck): Promise<number> => {
  await lane.killTemporal();
  return 1;
};
const restartTemporal = ({ lane }: Struck): Promise<void> => lane.restartTemporal();
const call =
  (how: 'fails' | 'loses its answer') =>
  (nth: number): TrapOrder['deed'] => ({ kind: 'call', nth, how });

export const FAULTS: Readonly<Record<string, Fault>> = {
  none: { what: 'nothing: to compare with' },
  'kill -9': {
    what: 'the worker is gone, without a word',
    deed: () => ({ kind: 'signal', signal: 'SIGKILL' }),
    dies: true,
  },
  SIGSTOP: {
    what: 'the worker stands still, and goes on when another has ended the hand-over',
    heal: async (struck) => void (await signal('SIGCONT')(struck)),
    healed: 'after-end',
  },
  'SIGSTOP, deaf': {
    what: 'the same, and it hears of no abort: as if every word to it came a moment too late',
    deed: () => ({ kind: 'signal', signal: 'SIGSTOP', deaf: true }),
    heal: async (struck) => void (await signal('SIGCONT')(struck)),
    healed: 'after-end',
  },
  SIGTERM: { what: 'the worker is asked to end', make: signal('SIGTERM') },
  'network cut': {
    what: `every worker is cut off from both sides for ${CUT_MS / 1_000} s`,
    make: link('blackhole'),
    lastsMs: CUT_MS,
    heal: up,
  },
  'feed stalled': {
    what: `the server of the other side applies nothing it is sent for ${STALL_MS / 1_000} s`,
    make: stall('SIGSTOP'),
    lastsMs: STALL_MS,
    heal: async (struck) => void (await stall('SIGCONT')(struck)),
  },
  'Temporal 2 s': {
    what: 'Temporal is killed and back after 2 s',
    make: killTemporal,
    lastsMs: 2_000,
    heal: restartTemporal,
  },
  'Temporal 20 s': { what: 'the same after 20 s', make: killTemporal, lastsMs: 20_000, heal: restartTemporal },
  terminate: {
    what: 'the workflow is terminated',
    make: async ({ handle }) => {
      await handle.terminate('chaos');
      return 1;
    },
    endsWorkflow: true,
  },
  'workflow reset': { what: 'the workflow is reset to its beginning', make: resetWorkflow },
  'activity paused': {
    what: `the activity is paused by hand, and let go on after ${PAUSED_MS / 1_000} s if it has not ended`,
    make: onActivity('pause'),
    lastsMs: PAUSED_MS,
    heal: unpause,
  },
  'activity reset': { what: 'the activity is reset by hand', make: onActivity('reset') },
  'completed by hand': { what: 'the activity is reported as done by hand', make: completeActivity },
  'source connection dropped': {
    what: 'each of the attempt’s connections to the source, one a try',
    make: dropped('source'),
    each: true,
  },
  'target connection dropped': {
    what: 'each of the attempt’s connections to the target, one a try',
    make: dropped('target'),
    each: true,
  },
  'call fails': {
    what: 'each call to a database the step makes, one a try, is not made and fails',
    deed: call('fails'),
    each: true,
  },
  'answer lost': {
    what: 'each call the step makes, one a try, is made and its answer lost',
    deed: call('loses its answer'),
    each: true,
  },
  'answers late': {
    what: `from the step on every answer of both sides takes ${2 * LATE_MS} ms more`,
    make: link({ delayMs: LATE_MS }),
    heal: up,
    healed: 'after-end',
  },
};

/** The processes that apply changes: of both directions, since only the one that carries rows has any to apply. */
function stall(name: 'SIGSTOP' | 'SIGCONT') {
  return async ({ lane }: Struck): Promise<number> => {
    for (const server of Object.values(lane.stage.pair.servers)) {
      const { rows } = await server.sql('SELECT pid FROM pg_stat_subscription WHERE pid IS NOT NULL');
      for (const { pid } of rows as { pid: number }[]) process.kill(pid, name);
    }
    return 1;
  };
}

async function resetWorkflow({ lane, handle }: Struck): Promise<number> {
  const { events } = await handle.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
  await lane.temporal.workflowService.resetWorkflowExecution({
    namespace: NAMESPACE,
    workflowExecution: { workflowId: handle.workflowId },
    workflowTaskFinishEventId: first?.eventId ?? null,
    reason: 'chaos',
    requestId: handle.workflowId,
  });
  return 1;
}

function onActivity(deed: 'pause' | 'reset') {
  return async ({ lane, handle }: Struck): Promise<number> => {
    const { workflowId } = handle;
    const request = { namespace: NAMESPACE, execution: { workflowId }, id: await handOverActivity(handle) };
    const { workflowService } = lane.temporal;
    await (deed === 'pause' ? workflowService.pauseActivity(request) : workflowService.resetActivity(request));
    return 1;
  };
}

async function unpause({ lane, handle }: Struck): Promise<void> {
  const id = await pendingHandOver(handle);
  if (id === null) return;
  const execution = { workflowId: handle.workflowId };
  try {
    await lane.temporal.workflowService.unpauseActivity({ namespace: NAMESPACE, execution, id });
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error) || Reflect.get(error, 'code') !== NOT_FOUND) throw error;
  }
}

async function completeActivity({ lane, handle }: Struck): Promise<number> {
  const { workflowId } = handle;
  const activityId = await handOverActivity(handle);
  await lane.temporal.workflowService.respondActivityTaskCompletedById({
    namespace: NAMESPACE,
    workflowId,
    activityId,
  });
  return 1;
}

async function handOverActivity(handle: WorkflowHandle): Promise<string> {
  const id = await pendingHandOver(handle);
  if (id === null) throw new Error('no hand-over is pending');
  return id;
}

async function pendingHandOver(handle: WorkflowHandle): Promise<string | null> {
  const { raw } = await handle.describe();
  const pending = raw.pendingActivities?.find(({ activityType }) =>
    ['cutOver', 'rollBack'].includes(activityType?.name ?? ''),
  );
  return pending?.activityId ?? null;
}

/** Ends the nth of the connections that the attempt holds on a side. */
function dropped(side: SideName) {
  return async ({ lane }: Struck, nth: number): Promise<number> => {
    const { rows } = await lane.stage.pair.servers[side].sql(
      `SELECT CASE WHEN nth = $2 THEN pg_terminate_backend(pid, 2000) END FROM (
         SELECT pid, row_number() OVER (ORDER BY backend_start, pid) AS nth
           FROM pg_stat_activity WHERE application_name LIKE $1) connections`,
      [`${sessionName(MIGRATION, 0).slice(0, -1)}%`, nth],
    );
    return rows.length;
  };
}
