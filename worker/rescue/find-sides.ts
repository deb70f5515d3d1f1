import type { Clients } from '../../activities/clients.ts';
import type { Sides } from '../../activities/contract.ts';
import { failure } from '../../activities/failure.ts';
import { awaitCluster } from '../../activities/rds/cluster.ts';
import { findInstance } from '../../activities/rds/describe.ts';
import { migrationId } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';

/** Where both sides answer, asked of RDS anew: rescue trusts no run's memory. Throws `ResourceFailed` without a source. */
export async function findSides(clients: Clients, plan: MigrationPlan): Promise<Sides & { plan: MigrationPlan }> {
  const { source, target } = plan;
  const migration = migrationId(plan);
  const instance = await findInstance(clients.rds(source.region), source.instance);
  const { Address: host, Port: port } = instance?.Endpoint ?? {};
  if (host === undefined || port === undefined)
    throw failure('ResourceFailed', `instance ${source.instance} has no endpoint; wanted a running source`);
  const cluster = await awaitCluster(clients, { migration, plan });
  return {
    plan,
    migration,
    source: { host, port, database: source.database, user: source.user, password: source.password },
    target: {
      host: cluster.host,
      port: cluster.port,
      database: target.database,
      user: target.masterUser,
      password: cluster.password,
    },
  };
}
