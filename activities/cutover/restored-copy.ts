import { fencedSnapshotName } from '../../model/names.ts';
import { failure } from '../failure.ts';
import { awaitCluster, ensureCluster } from '../rds/cluster.ts';
import { awaitInstance, ensureInstance } from '../rds/instance.ts';
import { awaitSnapshot, ensureSnapshot } from '../rds/snapshot.ts';
import { step, type GiverHeld } from './attempt.ts';
import type { Arrival } from './physical-section.ts';
import { untilReady } from './until-ready.ts';

/**
 * A snapshot of the fenced source, restored under the name the rehearsal had: an endpoint belongs to its name, so that the switches staged for
 * the rehearsal lead to it.
 */
export const restoredCopy: Arrival = async (inside) => {
  const { clients, handOver } = inside;
  const { migration, plan } = handOver;
  const snapshot = fencedSnapshotName(plan, handOver.handOver);
  const order = { migration, plan, snapshot };
  await step(inside, 'take a snapshot', async () => {
    await untilReady(inside, () => ensureSnapshot(clients, { ...order, purpose: 'cutover' }));
    await untilReady(inside, () => awaitSnapshot(clients, order));
  });
  await step(inside, 'restore the snapshot', async () => {
    const engineVersion = handOver.engineVersion ?? plan.target.engineVersion;
    await untilReady(inside, () => ensureCluster(clients, { ...order, engineVersion }));
    demandSameEndpoint(inside, await untilReady(inside, () => awaitCluster(clients, { migration, plan })));
  });
  await step(inside, 'make the instance', async () => {
    const { instance } = plan.target;
    await untilReady(inside, () => ensureInstance(clients, { migration, plan, instance }));
    await untilReady(inside, () => awaitInstance(clients, { migration, plan, instance }));
  });
};

function demandSameEndpoint({ handOver }: GiverHeld, found: { readonly host: string; readonly port: number }): void {
  const { host, port } = handOver.target;
  if (found.host === host && found.port === port) return;
  throw failure(
    'ResourceFailed',
    `the restored cluster answers at ${found.host}:${found.port}; wanted ${host}:${port}, which the switches were staged for`,
  );
}
