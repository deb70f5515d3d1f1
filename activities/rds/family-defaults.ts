import {
  DescribeEngineDefaultClusterParametersCommand,
  paginateDescribeDBClusterParameters,
  type Parameter,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { call, rdsErrorName } from './rds-failure.ts';

/**
 * Cluster parameters of a family by name, as a new group would show them: from its default group, or from the engine where
 * this account has never used the family and so has no default group of it yet.
 */
export async function familyDefaults(rds: RDSClient, family: string): Promise<ReadonlyMap<string, Parameter>> {
  const parameters = await call(`read the defaults of ${family}`, async () => {
    try {
      return await ofGroup(rds, `default.${family}`);
    } catch (error) {
      if (rdsErrorName(error) !== 'DBParameterGroupNotFoundFault') throw error;
      return await ofEngine(rds, family);
    }
  });
  return new Map(parameters.map((parameter) => [parameter.ParameterName ?? '', parameter]));
}

async function ofGroup(rds: RDSClient, group: string): Promise<Parameter[]> {
  const parameters: Parameter[] = [];
  const pages = paginateDescribeDBClusterParameters({ client: rds }, { DBClusterParameterGroupName: group });
  for await (const { Parameters } of pages) parameters.push(...(Parameters ?? []));
  return parameters;
}

/** The SDK has no paginator for this one. */
async function ofEngine(rds: RDSClient, family: string): Promise<Parameter[]> {
  const parameters: Parameter[] = [];
  let Marker: string | undefined;
  do {
    const { EngineDefaults } = await rds.send(
      new DescribeEngineDefaultClusterParametersCommand({ DBParameterGroupFamily: family, Marker }),
    );
    parameters.push(...(EngineDefaults?.Parameters ?? []));
    Marker = EngineDefaults?.Marker;
  } while (Marker !== undefined && Marker !== '');
  return parameters;
}
