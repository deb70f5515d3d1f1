import {
  CreateDBClusterCommand,
  DeleteDBClusterCommand,
  ModifyDBClusterCommand,
  RestoreDBClusterFromSnapshotCommand,
  type DBCluster,
  type ModifyDBClusterCommandInput,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { parameterGroupName } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import type { SecretRef } from '../../model/plan-values.ts';
import { isPhysical, traitsOf } from '../../model/strategy.ts';
import { targetMaster } from '../../model/target-master.ts';
import type { Clients } from '../clients.ts';
import type { Activities, Owner } from '../contract.ts';
import { failure } from '../failure.ts';
import { lackedBy, newClusterInput, replicaInput, restoreInput } from './cluster-input.ts';
import { ensure } from './creation.ts';
import { askToDelete, goneNow } from './deletion.ts';
import { findCluster, findInstance, findSnapshot } from './describe.ts';
import { assertExpendable, assertMatches, tagsOf } from './ownership.ts';
import { call } from './rds-failure.ts';
import { ENGINE } from './versions.ts';
import { assertAvailable, missing, notYet } from './waiting.ts';

type Order = Parameters<Activities['ensureCluster']>[0];

/** Makes the cluster as the strategy wants it: empty, a replica of the source, or restored from the snapshot that is named. */
export async function ensureCluster(clients: Clients, order: Order): Promise<void> {
  const client = clients.rds(order.plan.source.region);
  const { secret, create } = await creationOf(clients, client, order);
  await ensure({
    what: `cluster ${order.plan.target.cluster}`,
    ...(secret === undefined ? {} : { secret }),
    find: () => findCluster(client, order.plan.target.cluster),
    create,
    adopt: (found) => adoptCluster(found, order, clients.pollIntervalMs),
    alreadyExists: 'DBClusterAlreadyExistsFault',
    intervalMs: clients.pollIntervalMs,
  });
}

interface ClusterCreation {
  readonly secret?: string;
  readonly create: () => Promise<unknown>;
}

async function creationOf({ readSecret }: Clients, client: RDSClient, order: Order): Promise<ClusterCreation> {
  const { migration, plan, snapshot } = order;
  const Tags = tagsOf(migration, plan);
  switch (traitsOf(plan).target) {
    case 'replica': {
      const source = await replicated(client, plan);
      return { create: () => client.send(new CreateDBClusterCommand({ ...replicaInput(order, source), Tags })) };
    }
    case 'restored': {
      const name = snapshot ?? '';
      const from = await snapshotToRestore(client, name);
      const tags = [...Tags, { Key: SNAPSHOT_TAG, Value: name }];
      const command = new RestoreDBClusterFromSnapshotCommand({ ...restoreInput(order, from), Tags: tags });
      return { create: () => client.send(command) };
    }
    case 'empty': {
      const { masterPassword } = plan.target;
      const secret = masterPassword === 'managed' ? undefined : await readSecret(masterPassword);
      const password = secret === undefined ? { ManageMasterUserPassword: true } : { MasterUserPassword: secret };
      const command = new CreateDBClusterCommand({ ...newClusterInput(order), ...password, Tags });
      return { ...(secret === undefined ? {} : { secret }), create: () => client.send(command) };
    }
  }
}

/** What a cluster was restored from, which AWS does not show. */
const SNAPSHOT_TAG = 'daybreak:snapshot';

interface CopiedFrom {
  readonly arn: string;
  readonly isEncrypted: boolean;
}

async function replicated(client: RDSClient, { source }: MigrationPlan): Promise<CopiedFrom> {
  const found = await findInstance(client, source.instance);
  if (found?.DBInstanceArn === undefined)
    throw failure('ResourceFailed', `instance ${source.instance} does not exist: no replica of it can be made`);
  return { arn: found.DBInstanceArn, isEncrypted: found.StorageEncrypted === true };
}

async function snapshotToRestore(client: RDSClient, name: string): Promise<CopiedFrom> {
  const found = await findSnapshot(client, name);
  if (found?.DBSnapshotArn === undefined)
    throw failure('ResourceFailed', `snapshot ${name} does not exist: no cluster can be made from it`);
  return { arn: found.DBSnapshotArn, isEncrypted: found.Encrypted === true };
}

function adoptCluster(found: DBCluster, { migration, plan, engineVersion, snapshot }: Order, intervalMs: number): void {
  const what = `cluster ${plan.target.cluster}`;
  assertExpendable({ what, tags: found.TagList }, migration);
  // An earlier run's, on its way out: the name is free again when it is gone.
  if (found.Status === 'deleting') throw notYet(`${what} of an earlier run is deleting`, intervalMs);
  const master = targetMaster(plan);
  const restoredFrom = found.TagList?.find(({ Key }) => Key === SNAPSHOT_TAG)?.Value;
  assertMatches(what, [
    ['engine', found.Engine, ENGINE],
    ['engine version', found.EngineVersion, engineVersion],
    ...(isPhysical(plan) ? [] : ([['database', found.DatabaseName, plan.target.database]] as const)),
    ['master user', found.MasterUsername, master.user],
    ['storage encryption', found.StorageEncrypted, plan.target.storageEncrypted],
    ['parameter group', found.DBClusterParameterGroup, parameterGroupName(plan)],
    ['snapshot', restoredFrom, snapshot ?? undefined],
  ]);
}

/** Waits, gives the cluster what no creation could (protection from deletion, what a restore does not take), and answers the writer's endpoint and where its password lies. */
export async function awaitCluster(
  { rds, pollIntervalMs }: Clients,
  { plan }: Owner,
): Promise<{ host: string; port: number; password: SecretRef }> {
  const what = `cluster ${plan.target.cluster}`;
  const client = rds(plan.source.region);
  const found = await findCluster(client, plan.target.cluster);
  if (found === null) throw missing(what, pollIntervalMs);
  assertAvailable({ what, status: found.Status, intervalMs: pollIntervalMs });
  if (found.Endpoint === undefined || found.Port === undefined) throw notYet(`${what} has no endpoint`, pollIntervalMs);
  const endpoint = { host: found.Endpoint, port: found.Port, password: passwordOf(found, plan, pollIntervalMs) };
  const lacked = lackedBy(found, plan);
  if (Object.keys(lacked).length > 0) await change(client, plan.target.cluster, lacked);
  return endpoint;
}

function passwordOf({ MasterUserSecret }: DBCluster, plan: MigrationPlan, intervalMs: number): SecretRef {
  const { target } = plan;
  const { password } = targetMaster(plan);
  if (password !== 'managed') return password;
  const arn = MasterUserSecret?.SecretArn;
  if (arn === undefined || MasterUserSecret?.SecretStatus === 'creating')
    throw notYet(`cluster ${target.cluster} has no master password yet`, intervalMs);
  return arn;
}

/** Deletes the cluster, which must have lost its instances, and returns when it is gone. */
export async function deleteCluster(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, cluster }: Parameters<Activities['deleteCluster']>[0],
): Promise<'undone' | 'absent'> {
  const client = rds(plan.source.region);
  const what = `cluster ${cluster}`;
  const found = await findCluster(client, cluster);
  if (found === null) return goneNow();
  assertExpendable({ what, tags: found.TagList }, migration);
  if (found.Status !== 'deleting') await removeCluster(client, found, cluster);
  throw notYet(`${what} is deleting`, pollIntervalMs);
}

async function removeCluster(rds: RDSClient, { DeletionProtection }: DBCluster, id: string): Promise<void> {
  if (DeletionProtection === true) await change(rds, id, { DeletionProtection: false });
  // It never took a write of the application: a final snapshot would only keep a copy nobody wants.
  await askToDelete(`cluster ${id}`, 'DBClusterNotFoundFault', () =>
    rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true })),
  );
}

const change = (rds: RDSClient, id: string, changes: Partial<ModifyDBClusterCommandInput>): Promise<unknown> =>
  call(`change ${Object.keys(changes).join(', ')} of cluster ${id}`, () =>
    rds.send(new ModifyDBClusterCommand({ ...changes, DBClusterIdentifier: id, ApplyImmediately: true })),
  );
