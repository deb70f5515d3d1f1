import {
  DescribeDBEngineVersionsCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusterParameters,
  paginateDescribeDBInstances,
  paginateDescribeDBParameters,
  paginateDescribeEngineDefaultClusterParameters,
  type DBInstance,
  type Parameter,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { complain } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';

/** What the API tells about a live instance; nothing is read from its databases. */
export interface InstanceFacts {
  readonly instance: DBInstance;
  /** Parameters somebody set in its parameter group. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Cluster parameters a customer may set on the Aurora side; null where AWS has no Aurora of that major. */
  readonly settable: ReadonlySet<string> | null;
  /** Aurora versions of the same major that can be created. */
  readonly auroraVersions: readonly string[];
}

/** Reads only: nothing is changed. Throws a complaint for an instance that is not there or is no PostgreSQL on RDS. */
export async function readInstance(rds: RDSClient, id: string, region: string): Promise<InstanceFacts> {
  const instance = await describe(rds, id, region);
  const { Engine: engine, EngineVersion: version = '' } = instance;
  if (engine !== 'postgres')
    throw complain({
      what: `${id} cannot be moved`,
      found: `an instance of ${engine ?? 'an unknown engine'}`,
      wanted: 'PostgreSQL on RDS',
      remedy: 'name the RDS instance that holds the database',
      ending: 'nothing changed',
      exitCode: EXIT.usage,
    });
  const major = version.split('.')[0] ?? '';
  const { DBEngineVersions: known = [] } = await rds.send(
    new DescribeDBEngineVersionsCommand({ Engine: 'aurora-postgresql', EngineVersion: major }),
  );
  const auroraVersions = known.flatMap(({ EngineVersion, Status }) =>
    EngineVersion === undefined || (Status ?? 'available') !== 'available' ? [] : [EngineVersion],
  );
  return {
    instance,
    parameters: await parametersSet(rds, instance),
    settable: auroraVersions.length === 0 ? null : await settableOn(rds, `aurora-postgresql${major}`),
    auroraVersions,
  };
}

async function describe(rds: RDSClient, id: string, region: string): Promise<DBInstance> {
  try {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
    const [instance] = DBInstances;
    if (instance !== undefined) return instance;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DBInstanceNotFoundFault') throw error;
  }
  const names: string[] = [];
  for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client: rds }, {}))
    names.push(...DBInstances.flatMap(({ DBInstanceIdentifier }) => DBInstanceIdentifier ?? []));
  throw complain({
    what: `there is no instance ${id} in ${region}`,
    found: names.length === 0 ? 'no instance at all' : names.join(', '),
    wanted: 'the identifier of the RDS instance',
    remedy: 'correct --source or --region, or use the account that owns it',
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
}

async function parametersSet(rds: RDSClient, { DBParameterGroups = [] }: DBInstance): Promise<Record<string, string>> {
  const [group] = DBParameterGroups;
  if (group?.DBParameterGroupName === undefined) return {};
  const pages = paginateDescribeDBParameters(
    { client: rds },
    { DBParameterGroupName: group.DBParameterGroupName, Source: 'user' },
  );
  const set: Record<string, string> = {};
  for await (const { Parameters = [] } of pages)
    for (const { ParameterName, ParameterValue } of Parameters)
      if (ParameterName !== undefined && ParameterValue !== undefined) set[ParameterName] = ParameterValue;
  return set;
}

/** From the family's default group, or from the engine where this account never used the family and has no such group yet. */
async function settableOn(rds: RDSClient, family: string): Promise<Set<string>> {
  const parameters: Parameter[] = [];
  try {
    const pages = paginateDescribeDBClusterParameters(
      { client: rds },
      { DBClusterParameterGroupName: `default.${family}` },
    );
    for await (const { Parameters = [] } of pages) parameters.push(...Parameters);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DBParameterGroupNotFoundFault') throw error;
    const pages = paginateDescribeEngineDefaultClusterParameters({ client: rds }, { DBParameterGroupFamily: family });
    for await (const { EngineDefaults } of pages) parameters.push(...(EngineDefaults?.Parameters ?? []));
  }
  return new Set(
    parameters.flatMap(({ ParameterName, IsModifiable }) => (IsModifiable === true ? (ParameterName ?? []) : [])),
  );
}
