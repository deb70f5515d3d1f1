import { PromoteReadReplicaDBClusterCommand } from '@aws-sdk/client-rds';
import type { Clients } from '../clients.ts';
import type { Owner } from '../contract.ts';
import { findCluster } from './describe.ts';
import { assertExpendable } from './ownership.ts';
import { call } from './rds-failure.ts';
import { assertAvailable, missing, notYet } from './waiting.ts';

/**
 * Promotes the replica cluster and returns once it stands for itself: one look a call, `ResourceNotReady` until then. It cannot be
 * taken back. `allowed` is asked right before the request, which no token protects; it throws where the promotion is not wanted any more.
 */
export async function promoteReplica(
  { rds, pollIntervalMs }: Pick<Clients, 'rds' | 'pollIntervalMs'>,
  { migration, plan }: Owner,
  allowed: () => Promise<void>,
): Promise<void> {
  const id = plan.target.cluster;
  const what = `cluster ${id}`;
  const client = rds(plan.source.region);
  const found = await findCluster(client, id);
  if (found === null) throw missing(what, pollIntervalMs);
  assertExpendable({ what, tags: found.TagList }, migration);
  assertAvailable({ what, status: found.Status, intervalMs: pollIntervalMs });
  if ((found.ReplicationSourceIdentifier ?? '') === '') {
    if (found.DBClusterMembers?.some(({ IsClusterWriter }) => IsClusterWriter) === true) return;
    throw notYet(`${what} has no writer yet`, pollIntervalMs);
  }
  await allowed();
  await call(`promote ${what}`, () => client.send(new PromoteReadReplicaDBClusterCommand({ DBClusterIdentifier: id })));
  throw notYet(`${what} is being promoted`, pollIntervalMs);
}
