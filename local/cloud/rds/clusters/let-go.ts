import { setTimeout as sleep } from 'node:timers/promises';
import { serverOf } from '../instances/instance-server.ts';
import type { ClusterShape } from '../state.ts';
import type { World } from '../world.ts';
import { followedBy, slotFor } from './replica-source.ts';

const TRIES = 40;
const BETWEEN_TRIES_MS = 250;

/** Unlinks a replica from its source. The slot is in use until the source has noticed that the replica is gone. */
export async function letGo(world: World, shape: ClusterShape): Promise<void> {
  const source = followedBy(world, shape);
  if (!source) return;
  const slot = slotFor(shape);
  for (let tries = 1; ; tries += 1) {
    try {
      await serverOf(world, source).sql(
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
        [slot],
      );
      break;
    } catch (error) {
      if (tries === TRIES || world.stopping) throw error;
      await sleep(BETWEEN_TRIES_MS);
    }
  }
  const { ReadReplicaDBClusterIdentifiers: replicas = [] } = source.shape;
  source.shape.ReadReplicaDBClusterIdentifiers = replicas.filter((id) => id !== shape.DBClusterIdentifier);
}
