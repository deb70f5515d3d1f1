import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, JobAt, Point } from './job.ts';
import type { World } from './world.ts';

/** What the work of each job is, and what it leaves behind when it fails. */
export type Works = {
  readonly [P in Point]: {
    run(world: World, job: JobAt<P>): Promise<void>;
    /** Sets the documented end status; `status` is the one a fault asked for, if it did. */
    failed(world: World, job: JobAt<P>, status: string | undefined): void;
  };
};

/** An injected failure: the real work does not even start. */
class InjectedFailure extends Error {
  readonly status: string | undefined;
  constructor(point: string, status: string | undefined) {
    super(`injected failure of ${point}`);
    this.status = status;
  }
}

/**
 * Runs jobs one after the other for each resource. A job's end status is set by its own work, never by a timer; `pace`
 * only makes the steps before it visible.
 */
export function makeBegin(works: Works, worldOf: () => World): World['begin'] {
  return (job) => {
    const world = worldOf();
    if (!world.state.jobs.includes(job)) world.state.jobs.push(job);
    const key = queueOf(world, job);
    const before = world.queues.get(key) ?? Promise.resolve();
    // Not at once: the operation that asked for it answers first, with the state it left.
    const done = before.then(() => sleep(0)).then(() => carryOut(works, world, job));
    world.queues.set(
      key,
      done.catch((error: unknown) => console.error('after', job.point, job.id, error)),
    );
  };
}

/**
 * Does what needs another resource, named by its queue (`instance x`), after the work that it is asked for already and
 * before any that comes later.
 */
export async function inTurn(world: World, queue: string, work: () => Promise<void>): Promise<void> {
  const done = (world.queues.get(queue) ?? Promise.resolve()).then(work);
  world.queues.set(
    queue,
    done.catch(() => {}), // it is the caller's failure
  );
  await done;
}

/** The members of a cluster take turns: a reader is built from a writer that must be there. */
function queueOf({ state }: World, { point, id }: Job): string {
  const [kind] = point.split('.');
  const cluster = kind === 'instance' ? state.instances[id]?.shape.DBClusterIdentifier : undefined;
  return cluster === undefined ? `${kind} ${id}` : `cluster ${cluster}`;
}

async function carryOut(works: Works, world: World, job: Job): Promise<void> {
  const work = works[job.point] as {
    run: (w: World, j: Job) => Promise<void>;
    failed: (w: World, j: Job, s: string | undefined) => void;
  };
  try {
    await pace(world);
    await obeyFaults(world, job);
    await work.run(world, job);
  } catch (error) {
    if (world.stopping) return; // the job stays in the state and is done again at the next start
    if (!(error instanceof InjectedFailure)) console.error(job.point, job.id, error);
    work.failed(world, job, error instanceof InjectedFailure ? error.status : undefined);
  }
  world.state.jobs = world.state.jobs.filter((other) => other !== job);
  world.save();
}

/** Lets an intermediate status be seen, on disk as well. */
export async function pace(world: World): Promise<void> {
  world.save();
  await sleep(world.paceMs);
}

async function obeyFaults(world: World, job: Job): Promise<void> {
  const struck = world.jobFaults.find(({ point, id }) => point === job.point && (id === undefined || id === job.id));
  if (!struck) return;
  if (struck.kind === 'hold') {
    await struck.released;
    return;
  }
  world.jobFaults.splice(world.jobFaults.indexOf(struck), 1);
  throw new InjectedFailure(job.point, struck.status);
}
