import { relaysOf } from './rds/endpoints.ts';
import { findInstance } from './rds/find.ts';
import { serverOf } from './rds/instances/instance-server.ts';
import type { JobFault, World } from './rds/world.ts';
import type { Faults } from './protocol/faults.ts';
import { fault, type Fault } from './fault.ts';

/** Carries out a fault. @throws ZodError for one that is none, Error for a resource that is not there. */
export async function applyFault(world: World, api: Faults, given: unknown): Promise<void> {
  const wanted: Fault = fault.parse(given);
  if ('on' in wanted) api.add(wanted);
  else if ('hold' in wanted) world.jobFaults.push(holdOf(wanted.hold, wanted.id));
  else if ('release' in wanted) release(world, ({ point, id }) => point === wanted.release && id === wanted.id);
  else if ('fail' in wanted)
    world.jobFaults.push({ kind: 'fail', point: wanted.fail, id: wanted.id, status: wanted.status });
  else if ('link' in wanted) {
    if (world.direct)
      throw new Error(
        `clients reach ${wanted.link} itself here; start the cloud without --direct to break its network`,
      );
    const relays = relaysOf(world, wanted.link);
    if (relays.length === 0) throw new Error(`nothing called ${wanted.link} has an endpoint`);
    for (const relay of relays) relay.link(wanted.state);
  } else if ('crash' in wanted) await crash(world, wanted.crash);
  else if ('paceMs' in wanted) world.paceMs = wanted.paceMs;
  else {
    api.clear();
    release(world, () => true);
    for (const relay of world.relays.values()) relay.link('up');
  }
}

function holdOf(point: string, id: string | undefined): JobFault {
  let open = (): void => {};
  const released = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { kind: 'hold', point, id, released, release: () => open() };
}

function release(world: World, matches: (one: JobFault) => boolean): void {
  for (const one of world.jobFaults.filter(matches)) {
    world.jobFaults.splice(world.jobFaults.indexOf(one), 1);
    if (one.kind === 'hold') one.release();
  }
}

/** From outside, so that the cloud learns of it as it would of any other death. */
async function crash(world: World, id: string): Promise<void> {
  const server = serverOf(world, findInstance(world, id));
  if (server.pid === undefined) throw new Error(`the server of ${id} does not run`);
  process.kill(server.pid, 'SIGKILL');
  await server.ended();
}
