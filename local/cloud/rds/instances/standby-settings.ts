import { join } from 'node:path';
import { ADMIN } from '../../postgres/admin-role.ts';
import { writeOwned } from '../../postgres/server-files.ts';
import { followedBy, slotFor } from '../clusters/replica-source.ts';
import { ADDRESS } from '../endpoints.ts';
import { installedEngine } from '../engines.ts';
import { serverSettings } from '../parameters/server-settings.ts';
import type { ClusterRecord, InstanceRecord, ParameterValues } from '../state.ts';
import type { World } from '../world.ts';

type Settings = Record<string, string>;

/** PostgreSQL's defaults of what a standby must have no less of than its primary, or it stops replaying. */
const NO_LESS: Readonly<Record<string, number>> = {
  max_connections: 100,
  max_worker_processes: 8,
  max_wal_senders: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};

/**
 * How a member of a cluster follows: a reader the writer endpoint, a replica's instance the source. The writer has no
 * `standby.signal` and ignores it. The password is in a file of its own, for settings can be read by SQL.
 */
export async function standbySettings(world: World, dir: string, { shape }: ClusterRecord): Promise<Settings> {
  const passwords = join(dir, 'writer.pass');
  await writeOwned(passwords, `*:*:*:${ADMIN}:${world.state.adminPassword}\n`);
  const source = followedBy(world, shape);
  const connection = (port: number, name: string): string =>
    `host=${ADDRESS} port=${port} user=${ADMIN} passfile=${passwords} sslmode=require application_name=${name}`;
  if (!source) return { wal_keep_size: '512MB', primary_conninfo: connection(shape.Port, 'reader') };
  return {
    primary_conninfo: connection(source.port, shape.DBClusterIdentifier),
    primary_slot_name: slotFor(shape),
  };
}

/** Parameters of a member of a cluster that have to be greater than its groups say, for its primary's are in effect. */
export function raisedValues(
  world: World,
  { shape, applied }: InstanceRecord,
  cluster: ClusterRecord,
): ParameterValues {
  const writer = cluster.shape.DBClusterMembers.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
  const primary =
    followedBy(world, cluster.shape) ?? (writer === undefined ? undefined : world.state.instances[writer]);
  if (!primary) return {};
  const own = serverSettings(installedEngine(world.engines, shape), applied);
  const theirs = serverSettings(installedEngine(world.engines, primary.shape), primary.applied);
  const raised = Object.entries(NO_LESS).filter(
    ([name, usual]) => Number(theirs[name] ?? usual) > Number(own[name] ?? usual),
  );
  return Object.fromEntries(raised.map(([name, usual]) => [name, theirs[name] ?? String(usual)]));
}
