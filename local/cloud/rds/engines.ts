import { existsSync } from 'node:fs';
import { ApiError } from '../protocol/errors.ts';
import { findServer, versionOf, type Major } from '../postgres/binaries.ts';
import { parameterCatalogue, type ServerParameter } from '../postgres/parameter-catalogue.ts';

export type EngineName = 'postgres' | 'aurora-postgresql';
/** A version that can be created here, with the server that runs it. */
export type Engine = {
  readonly name: EngineName;
  readonly version: string;
  readonly major: number;
  /** Parameter group family, such as `aurora-postgresql15`. */
  readonly family: string;
  readonly bin: string;
  readonly parameters: ReadonlyMap<string, ServerParameter>;
};

const MAJORS: readonly Major[] = ['15', '17'];
/** Where it has another minor than npm's, Aurora really can be a higher minor than RDS. */
const SYSTEM_SERVER = '/usr/lib/postgresql/15/bin';

/** What can be created is exactly what is installed. Oldest version first. */
export async function openEngines(): Promise<readonly Engine[]> {
  const both: readonly EngineName[] = ['postgres', 'aurora-postgresql'];
  const installed = MAJORS.map((major) => ({ ...findServer(major), names: both }));
  const extra = existsSync(SYSTEM_SERVER) ? versionOf(SYSTEM_SERVER) : undefined;
  if (extra?.startsWith('15.') && installed.every(({ version }) => version !== extra))
    installed.push({ bin: SYSTEM_SERVER, version: extra, names: ['aurora-postgresql'] });
  const engines = await Promise.all(installed.map(enginesOf));
  return engines.flat().toSorted((a, b) => compareVersions(a.version, b.version));
}

async function enginesOf({
  bin,
  version,
  names,
}: {
  bin: string;
  version: string;
  names: readonly EngineName[];
}): Promise<Engine[]> {
  const parameters = await parameterCatalogue(bin);
  const major = Number.parseInt(version, 10);
  return names.map((name) => ({ name, version, major, family: `${name}${major}`, bin, parameters }));
}

export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

/**
 * Data of one version can be taken over by the same major version, by its own minor or a later one.
 * @throws ApiError otherwise.
 */
export function mustTakeOver({ name, version, major }: Engine, dataVersion: string): void {
  if (major !== Number.parseInt(dataVersion, 10) || compareVersions(version, dataVersion) < 0)
    throw new ApiError('InvalidParameterCombination', `Cannot upgrade ${name} from ${dataVersion} to ${version}`);
}

/** The engine of an existing resource. @throws Error when that version is no longer installed. */
export function installedEngine(
  engines: readonly Engine[],
  { Engine: name, EngineVersion: version }: { Engine: string; EngineVersion: string },
): Engine {
  const engine = engines.find((one) => one.name === name && one.version === version);
  if (!engine) throw new Error(`${name} ${version} is no longer installed on this machine; its data needs that server`);
  return engine;
}

/**
 * The engine a request asks for. Without a version the newest there is, as AWS takes the default; a major alone is its
 * newest minor. @throws ApiError when there is none.
 */
export function requestedEngine(
  engines: readonly Engine[],
  name: string | undefined,
  version: string | undefined,
): Engine {
  if (name !== 'postgres' && name !== 'aurora-postgresql')
    throw new ApiError('InvalidParameterValue', `Invalid DB engine: ${name}`);
  const engine = engines.findLast(
    (one) => one.name === name && (version === undefined || one.version === version || String(one.major) === version),
  );
  if (!engine) throw new ApiError('InvalidParameterCombination', `Cannot find version ${version} for ${name}`);
  return engine;
}
