import type { Clients } from '../../activities/clients.ts';
import type { Sides } from '../../activities/contract.ts';
import { failure } from '../../activities/failure.ts';
import { findCluster, findInstance } from '../../activities/rds/describe.ts';
import { migrationId } from '../../model/names.ts';
import type { SecretRef } from '../../model/plan-values.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { targetMaster } from '../../model/target-master.ts';

/**
 * Where both sides answer, asked of RDS anew: rescue trusts no run's memory. Throws `ResourceFailed` without a source. A target that is
 * gone, or was never made, must not keep the source closed: it is looked for where nobody answers.
 */
export async function findSides(clients: Clients, plan: MigrationPlan): Promise<Sides & { plan: MigrationPlan }> {
  const { source, target } = plan;
  const master = targetMaster(plan);
  const migration = migrationId(plan);
  const instance = await findInstance(clients.rds(source.region), source.instance);
  const { Address: host, Port: port } = instance?.Endpoint ?? {};
  if (host === undefined || port === undefined)
    throw failure('ResourceFailed', `instance ${source.instance} has no endpoint; wanted a running source`);
  return {
    plan,
    migration,
    source: { host, port, database: source.database, user: source.user, password: source.password },
    target: { ...(await targetEndpoint(clients, plan)), database: target.database, user: master.user },
  };
}

/** The cluster as it is, available or not; a name that resolves nowhere (RFC 2606) where there is none. */
async function targetEndpoint(
  { rds }: Clients,
  plan: MigrationPlan,
): Promise<{ host: string; port: number; password: SecretRef }> {
  const { source, target } = plan;
  const master = targetMaster(plan);
  const cluster = await findCluster(rds(source.region), target.cluster);
  const { Endpoint: host, Port: port, MasterUserSecret: secret } = cluster ?? {};
  const password = master.password === 'managed' ? secret?.SecretArn : master.password;
  if (host === undefined || port === undefined || password === undefined)
    return { host: 'no-target.invalid', port: 5432, password: source.password };
  return { host, port, password };
}
