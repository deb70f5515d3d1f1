import {
  CreateDBInstanceCommand,
  DeleteDBInstanceCommand,
  RebootDBInstanceCommand,
  type DBInstance,
} from '@aws-sdk/client-rds';
import type { Clients } from '../clients.ts';
import type { Activities, Owner } from '../contract.ts';
import { ensure } from './creation.ts';
import { askToDelete, goneNow } from './deletion.ts';
import { findCluster, findInstance } from './describe.ts';
import { assertExpendable, assertMatches, tagsOf } from './ownership.ts';
import { call } from './rds-failure.ts';
import { ENGINE } from './versions.ts';
import { assertAvailable, missing, notYet } from './waiting.ts';

type OneInstance = Owner & { readonly instance: string };

export async function ensureInstance(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, instance }: OneInstance,
): Promise<void> {
  const client = rds(plan.source.region);
  const { target } = plan;
  await ensure({
    what: `instance ${instance}`,
    find: () => findInstance(client, instance),
    create: () =>
      client.send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: instance,
          DBClusterIdentifier: target.cluster,
          DBInstanceClass: target.instanceClass,
          Engine: ENGINE,
          PubliclyAccessible: target.publiclyAccessible,
          AutoMinorVersionUpgrade: target.autoMinorVersionUpgrade,
          // Readers of tier 0 and 1 keep the writer's capacity, so that a failover meets a warm one.
          PromotionTier: instance === target.instance ? 0 : 1,
          Tags: tagsOf(migration, plan),
        }),
      ),
    adopt: (found) => adoptInstance(found, { migration, plan, instance }, pollIntervalMs),
    alreadyExists: 'DBInstanceAlreadyExistsFault',
    intervalMs: pollIntervalMs,
  });
}

function adoptInstance(found: DBInstance, { migration, plan, instance }: OneInstance, intervalMs: number): void {
  const what = `instance ${instance}`;
  assertExpendable({ what, tags: found.TagList }, migration);
  if (found.DBInstanceStatus === 'deleting') throw notYet(`${what} of an earlier run is deleting`, intervalMs);
  assertMatches(what, [
    ['engine', found.Engine, ENGINE],
    ['cluster', found.DBClusterIdentifier, plan.target.cluster],
    ['class', found.DBInstanceClass, plan.target.instanceClass],
  ]);
}

/** `available`, and running with the parameters of our group: static ones reach a running server only by a reboot. */
export async function awaitInstance(clients: Clients, { migration, plan, instance }: OneInstance): Promise<void> {
  const client = clients.rds(plan.source.region);
  const { pollIntervalMs } = clients;
  const what = `instance ${instance}`;
  const found = await findInstance(client, instance);
  if (found === null) throw missing(what, pollIntervalMs);
  assertAvailable({ what, status: found.DBInstanceStatus, intervalMs: pollIntervalMs });
  const cluster = await findCluster(client, plan.target.cluster);
  const member = cluster?.DBClusterMembers?.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === instance);
  if (member === undefined) throw notYet(`${what} is no member of ${plan.target.cluster} yet`, pollIntervalMs);
  if (member.DBClusterParameterGroupStatus !== 'pending-reboot') return;
  // Somebody else's server, or one with clients, is never restarted: production begins only at the commit.
  assertExpendable({ what, tags: found.TagList }, migration);
  await call(`reboot ${what}`, () => client.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: instance })));
  throw notYet(`${what} restarts to take its parameters`, pollIntervalMs);
}

/** Deletes an instance of the target and returns when it is gone, for a cluster with members cannot be deleted. */
export async function deleteInstance(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, instance }: Parameters<Activities['deleteInstance']>[0],
): Promise<'undone' | 'absent'> {
  const client = rds(plan.source.region);
  const what = `instance ${instance}`;
  const found = await findInstance(client, instance);
  if (found === null) return goneNow();
  assertExpendable({ what, tags: found.TagList }, migration);
  assertMatches(what, [['cluster', found.DBClusterIdentifier, plan.target.cluster]]);
  if (found.DBInstanceStatus !== 'deleting')
    await askToDelete(what, 'DBInstanceNotFoundFault', () =>
      // A member of a cluster has no data of its own to keep.
      client.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: instance, SkipFinalSnapshot: true })),
    );
  throw notYet(`${what} is deleting`, pollIntervalMs);
}
