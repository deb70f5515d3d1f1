import type {
  DBEngineVersion,
  DescribeDBEngineVersionsMessage,
  DescribeOrderableDBInstanceOptionsMessage,
  OrderableDBInstanceOption,
} from '@aws-sdk/client-rds';
import { ApiError } from '../protocol/errors.ts';
import type { Deed, Handlers } from '../protocol/handlers.ts';
import { compareVersions, type Engine } from './engines.ts';
import { applyFilters } from './filters.ts';
import { INSTANCE_CLASSES } from './instances/instance-classes.ts';
import { pageOf } from './pages.ts';
import type { World } from './world.ts';

/** What can be created: exactly the servers that are installed. */
export function engineVersionHandlers(world: World): Handlers {
  return {
    DescribeDBEngineVersions: (input) => describeVersions(world, input),
    DescribeOrderableDBInstanceOptions: (input) => describeOptions(world, input),
  };
}

function describeVersions(world: World, input: DescribeDBEngineVersionsMessage): Deed<'DescribeDBEngineVersions'> {
  const {
    Engine: name,
    EngineVersion: version,
    DBParameterGroupFamily: family,
    DefaultOnly,
    IncludeAll,
    Filters,
    MaxRecords,
    Marker,
  } = input;
  if (IncludeAll === true)
    throw new ApiError('InvalidParameterValue', 'The local cloud has no deprecated versions: leave IncludeAll out.');
  const found = world.engines.filter(
    (engine) =>
      (name === undefined || engine.name === name) &&
      (version === undefined || engine.version === version || String(engine.major) === version) &&
      (family === undefined || engine.family === family) &&
      (DefaultOnly !== true || engine === newest(world.engines, engine.name)),
  );
  const shapes = applyFilters(
    found.map((engine) => versionShape(world, engine)),
    Filters,
    {
      engine: ({ Engine }) => Engine,
      'engine-version': ({ EngineVersion }) => EngineVersion,
      'db-parameter-group-family': ({ DBParameterGroupFamily }) => DBParameterGroupFamily,
      status: ({ Status }) => Status,
    },
  );
  const { items, marker } = pageOf(shapes, { MaxRecords, Marker });
  return () => ({ DBEngineVersions: items, ...marker });
}

function newest(engines: readonly Engine[], name: string): Engine | undefined {
  return engines.findLast((engine) => engine.name === name);
}

function versionShape({ engines }: World, { name, version, major, family }: Engine): DBEngineVersion {
  const isAurora = name === 'aurora-postgresql';
  return {
    Engine: name,
    EngineVersion: version,
    MajorEngineVersion: String(major),
    DBParameterGroupFamily: family,
    DBEngineDescription: isAurora ? 'Aurora (PostgreSQL)' : 'PostgreSQL',
    DBEngineVersionDescription: isAurora
      ? `Aurora PostgreSQL (Compatible with PostgreSQL ${version})`
      : `PostgreSQL ${version}`,
    Status: 'available',
    ExportableLogTypes: isAurora ? ['instance', 'postgresql'] : ['postgresql', 'upgrade'],
    SupportedEngineModes: ['provisioned'],
    SupportsReadReplica: true,
    SupportsLogExportsToCloudwatchLogs: true,
    SupportsParallelQuery: false,
    SupportsGlobalDatabases: false,
    SupportsCertificateRotationWithoutRestart: true,
    SupportedCACertificateIdentifiers: ['rds-ca-rsa2048-g1'],
    ValidUpgradeTarget: engines
      .filter((other) => other.name === name && compareVersions(other.version, version) > 0)
      .map((other) => ({
        Engine: name,
        EngineVersion: other.version,
        Description: `PostgreSQL ${other.version}`,
        AutoUpgrade: false,
        IsMajorVersionUpgrade: other.major > major,
      })),
    ...(isAurora ? { ServerlessV2FeaturesSupport: { MinCapacity: 0, MaxCapacity: 256 } } : {}),
  };
}

function describeOptions(
  world: World,
  input: DescribeOrderableDBInstanceOptionsMessage,
): Deed<'DescribeOrderableDBInstanceOptions'> {
  const {
    Engine: name,
    EngineVersion: version,
    DBInstanceClass,
    LicenseModel,
    Vpc,
    Filters,
    MaxRecords,
    Marker,
  } = input;
  const options = world.engines
    .filter((engine) => engine.name === name && (version === undefined || engine.version === version))
    .flatMap((engine) =>
      INSTANCE_CLASSES[engine.name].map((instanceClass) => optionShape(world, engine, instanceClass)),
    )
    .filter(
      (option) =>
        (DBInstanceClass === undefined || option.DBInstanceClass === DBInstanceClass) &&
        (LicenseModel === undefined || option.LicenseModel === LicenseModel) &&
        Vpc !== false,
    );
  const { items, marker } = pageOf(applyFilters(options, Filters, {}), { MaxRecords, Marker });
  return () => ({ OrderableDBInstanceOptions: items, ...marker });
}

function optionShape({ state }: World, { name, version }: Engine, instanceClass: string): OrderableDBInstanceOption {
  const isAurora = name === 'aurora-postgresql';
  return {
    Engine: name,
    EngineVersion: version,
    DBInstanceClass: instanceClass,
    LicenseModel: 'postgresql-license',
    AvailabilityZones: ['a', 'b', 'c'].map((zone) => ({ Name: `${state.region}${zone}` })),
    MultiAZCapable: !isAurora,
    ReadReplicaCapable: true,
    Vpc: true,
    SupportsStorageEncryption: true,
    StorageType: isAurora ? 'aurora' : 'gp3',
    SupportsIops: false,
    SupportsEnhancedMonitoring: true,
    SupportsIAMDatabaseAuthentication: true,
    SupportsPerformanceInsights: true,
    SupportedEngineModes: ['provisioned'],
    SupportedNetworkTypes: ['IPV4'],
    SupportsClusters: isAurora,
    ...(isAurora ? {} : { MinStorageSize: 20, MaxStorageSize: 65536 }),
  };
}
