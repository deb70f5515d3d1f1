import { DescribeEngineDefaultClusterParametersCommand, type Parameter, type RDSClient } from '@aws-sdk/client-rds';
import { call } from './rds-failure.ts';

/** Cluster parameters of a family by name, with the engine's defaults, as a new group would show them. */
export async function familyDefaults(rds: RDSClient, family: string): Promise<ReadonlyMap<string, Parameter>> {
  const parameters = new Map<string, Parameter>();
  await call(`read the defaults of ${family}`, async () => {
    let Marker: string | undefined;
    do {
      const { EngineDefaults } = await rds.send(
        new DescribeEngineDefaultClusterParametersCommand({ DBParameterGroupFamily: family, Marker }),
      );
      for (const parameter of EngineDefaults?.Parameters ?? [])
        parameters.set(parameter.ParameterName ?? '', parameter);
      Marker = EngineDefaults?.Marker;
    } while (Marker !== undefined && Marker !== '');
  });
  return parameters;
}
