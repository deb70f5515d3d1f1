import {
  DescribeOrderableDBInstanceOptionsCommand,
  paginateDescribeDBEngineVersions,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { call } from './rds-failure.ts';

/** Aurora PostgreSQL, as every call of the API names it. */
export const ENGINE = 'aurora-postgresql';

/** PostgreSQL since 10: `<major>.<minor>`. */
export const majorOf = (version: string): number => Number(version.split('.')[0]);
const minorOf = (version: string): number => Number(version.split('.')[1] ?? 0);

/** Negative when `one` is older than `other`. */
export const compareVersions = (one: string, other: string): number =>
  majorOf(one) - majorOf(other) || minorOf(one) - minorOf(other);

/** Parameter group family of a cluster of this version. */
export const familyOf = (version: string): string => `${ENGINE}${majorOf(version)}`;

export interface Creatable {
  readonly version: string;
  /** Capacity of serverless instances of this version in ACUs; null where AWS does not say. */
  readonly minAcu: number | null;
  readonly maxAcu: number | null;
}

/** Aurora's versions of one major that can be created now, newest first. AWS retires minors, so nothing is hard-coded. */
export async function creatableVersions(rds: RDSClient, major: number): Promise<Creatable[]> {
  const versions: Creatable[] = [];
  await call(`list versions of ${ENGINE} ${major}`, async () => {
    const pages = paginateDescribeDBEngineVersions(
      { client: rds },
      { Engine: ENGINE, DBParameterGroupFamily: familyOf(String(major)) },
    );
    for await (const { DBEngineVersions } of pages)
      for (const { EngineVersion: version, Status, ServerlessV2FeaturesSupport: serverless } of DBEngineVersions ?? [])
        if (version !== undefined && (Status ?? 'available') === 'available')
          versions.push({ version, minAcu: serverless?.MinCapacity ?? null, maxAcu: serverless?.MaxCapacity ?? null });
  });
  return versions
    .filter(({ version }) => majorOf(version) === major)
    .toSorted((a, b) => compareVersions(b.version, a.version));
}

/** Whether the region sells this class for this version. */
export async function isOrderable(rds: RDSClient, version: string, instanceClass: string): Promise<boolean> {
  const { OrderableDBInstanceOptions } = await call(`ask for ${instanceClass} with ${ENGINE} ${version}`, () =>
    rds.send(
      new DescribeOrderableDBInstanceOptionsCommand({
        Engine: ENGINE,
        EngineVersion: version,
        DBInstanceClass: instanceClass,
      }),
    ),
  );
  return (OrderableDBInstanceOptions ?? []).length > 0;
}
