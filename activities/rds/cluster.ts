import {
  CreateDBClusterCommand,
  DeleteDBClusterCommand,
  ModifyDBClusterCommand,
  type CreateDBClusterCommandInput,
  type DBCluster,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { parameterGroupName } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import type { SecretRef } from '../../model/plan-values.ts';
import type { Clients } from '../clients.ts';
import type { Activities, Owner } from '../contract.ts';
import { ensure } from './creation.ts';
import { askToDelete, goneNow } from './deletion.ts';
import { findCluster } from './describe.ts';
import { assertExpendable, assertMatches, tagsOf } from './ownership.ts';
import { call } from './rds-failure.ts';
import { ENGINE } from './versions.ts';
import { assertAvailable, missing, notYet } from './waiting.ts';

export async function ensureCluster(
  { rds, readSecret, pollIntervalMs }: Clients,
  { migration, plan, engineVersion }: Owner & { readonly engineVersion: string },
): Promise<void> {
  const client = rds(plan.source.region);
  const { cluster, masterPassword } = plan.target;
  const what = `cluster ${cluster}`;
  const password = masterPassword === 'managed' ? undefined : await readSecret(masterPassword);
  await ensure({
    what,
    ...(password === undefined ? {} : { secret: password }),
    find: () => findCluster(client, cluster),
    create: () =>
      client.send(
        new CreateDBClusterCommand({
          ...clusterInput(plan, engineVersion),
          ...(password === undefined ? { ManageMasterUserPassword: true } : { MasterUserPassword: password }),
          Tags: tagsOf(migration, plan),
        }),
      ),
    adopt: (found) => adoptCluster(found, { migration, plan, engineVersion, intervalMs: pollIntervalMs }),
    alreadyExists: 'DBClusterAlreadyExistsFault',
    intervalMs: pollIntervalMs,
  });
}

function clusterInput({ target }: MigrationPlan, engineVersion: string): CreateDBClusterCommandInput {
  const { monitoring } = target;
  return {
    DBClusterIdentifier: target.cluster,
    Engine: ENGINE,
    EngineVersion: engineVersion,
    DatabaseName: target.database,
    MasterUsername: target.masterUser,
    DBClusterParameterGroupName: parameterGroupName({ target }),
    ...(target.subnetGroup === null ? {} : { DBSubnetGroupName: target.subnetGroup }),
    ...(target.securityGroups.length === 0 ? {} : { VpcSecurityGroupIds: target.securityGroups }),
    StorageEncrypted: target.storageEncrypted,
    ...(target.kmsKey === null ? {} : { KmsKeyId: target.kmsKey }),
    BackupRetentionPeriod: target.backupRetentionDays,
    ...(target.backupWindow === null ? {} : { PreferredBackupWindow: target.backupWindow }),
    ...(target.maintenanceWindow === null ? {} : { PreferredMaintenanceWindow: target.maintenanceWindow }),
    AutoMinorVersionUpgrade: target.autoMinorVersionUpgrade,
    EnableCloudwatchLogsExports: target.logExports,
    // Put on once it stands: a creation that failed could not be cleared away, for AWS changes no failed cluster.
    DeletionProtection: false,
    ...(target.instanceClass === 'db.serverless'
      ? { ServerlessV2ScalingConfiguration: { MinCapacity: target.minAcu, MaxCapacity: target.maxAcu } }
      : {}),
    // Set on the cluster, its instances inherit them.
    ...(monitoring.intervalSeconds === 0
      ? {}
      : { MonitoringInterval: monitoring.intervalSeconds, MonitoringRoleArn: monitoring.role ?? undefined }),
    ...(monitoring.databaseInsights === 'off'
      ? {}
      : {
          DatabaseInsightsMode: monitoring.databaseInsights,
          EnablePerformanceInsights: true,
          PerformanceInsightsRetentionPeriod: monitoring.insightsRetentionDays,
        }),
  };
}

interface Wanted extends Owner {
  readonly engineVersion: string;
  readonly intervalMs: number;
}

function adoptCluster(found: DBCluster, { migration, plan, engineVersion, intervalMs }: Wanted): void {
  const what = `cluster ${plan.target.cluster}`;
  assertExpendable({ what, tags: found.TagList }, migration);
  // An earlier run's, on its way out: the name is free again when it is gone.
  if (found.Status === 'deleting') throw notYet(`${what} of an earlier run is deleting`, intervalMs);
  assertMatches(what, [
    ['engine', found.Engine, ENGINE],
    ['engine version', found.EngineVersion, engineVersion],
    ['database', found.DatabaseName, plan.target.database],
    ['master user', found.MasterUsername, plan.target.masterUser],
    ['storage encryption', found.StorageEncrypted, plan.target.storageEncrypted],
    ['parameter group', found.DBClusterParameterGroup, parameterGroupName(plan)],
  ]);
}

/** Waits, protects the cluster from deletion as the plan says, and answers the writer's endpoint and where its password lies. */
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
  if (plan.target.deletionProtection && found.DeletionProtection !== true)
    await protect(client, plan.target.cluster, true);
  return endpoint;
}

function passwordOf({ MasterUserSecret }: DBCluster, { target }: MigrationPlan, intervalMs: number): SecretRef {
  if (target.masterPassword !== 'managed') return target.masterPassword;
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
  if (DeletionProtection === true) await protect(rds, id, false);
  // It never took a write of the application: a final snapshot would only keep a copy nobody wants.
  await askToDelete(`cluster ${id}`, 'DBClusterNotFoundFault', () =>
    rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: id, SkipFinalSnapshot: true })),
  );
}

const protect = (rds: RDSClient, id: string, on: boolean): Promise<unknown> =>
  call(`switch ${on ? 'on' : 'off'} deletion protection of cluster ${id}`, () =>
    rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id, DeletionProtection: on, ApplyImmediately: true })),
  );
