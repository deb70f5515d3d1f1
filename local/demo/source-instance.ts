import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  ModifyDBParameterGroupCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';

export type SourceInstance = { readonly host: string; readonly port: number; readonly version: string };

const LIMIT_MS = 60_000;
const POLL_MS = 100;

/** Creates the RDS instance the demo moves away from, as anybody would: through the RDS API. */
export async function createSourceInstance(
  rds: RDSClient,
  wanted: {
    readonly instance: string;
    readonly database: string;
    readonly user: string;
    readonly password: string;
    readonly major: string;
  },
): Promise<SourceInstance> {
  const version = await newestVersion(rds, wanted.major);
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: wanted.instance,
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      EngineVersion: version,
      AllocatedStorage: 20,
      DBName: wanted.database,
      MasterUsername: wanted.user,
      MasterUserPassword: wanted.password,
      BackupRetentionPeriod: 1,
      DBParameterGroupName: await replicatingGroup(rds, wanted),
    }),
  );
  const giveUpAt = performance.now() + LIMIT_MS;
  for (;;) {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: wanted.instance }));
    const { DBInstanceStatus: status, Endpoint: endpoint } = DBInstances?.[0] ?? {};
    if (status === 'available' && endpoint?.Address !== undefined && endpoint.Port !== undefined)
      return { host: endpoint.Address, port: endpoint.Port, version };
    if (performance.now() > giveUpAt) throw new Error(`${wanted.instance} is ${status}, wanted available`);
    await sleep(POLL_MS);
  }
}

/** Strategy blue-green asks for this parameter; on an instance that runs already it costs a reboot. */
async function replicatingGroup(
  rds: RDSClient,
  { instance, major }: { readonly instance: string; readonly major: string },
): Promise<string> {
  const DBParameterGroupName = `${instance}-parameters`;
  await rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName,
      DBParameterGroupFamily: `postgres${major}`,
      Description: 'Logical replication from the start',
    }),
  );
  await rds.send(
    new ModifyDBParameterGroupCommand({
      DBParameterGroupName,
      Parameters: [{ ParameterName: 'rds.logical_replication', ParameterValue: '1', ApplyMethod: 'pending-reboot' }],
    }),
  );
  return DBParameterGroupName;
}

async function newestVersion(rds: RDSClient, major: string): Promise<string> {
  const { DBEngineVersions = [] } = await rds.send(
    new DescribeDBEngineVersionsCommand({ Engine: 'postgres', EngineVersion: major }),
  );
  const newest = DBEngineVersions.at(-1)?.EngineVersion;
  if (newest === undefined) throw new Error(`the local cloud has no PostgreSQL ${major}`);
  return newest;
}
