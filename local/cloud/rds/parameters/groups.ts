import { ApiError } from '../../protocol/errors.ts';
import { arnOf } from '../arn.ts';
import type { Engine } from '../engines.ts';
import type { InstanceRecord, ParameterGroupRecord, ParameterValues } from '../state.ts';
import type { World } from '../world.ts';

export type GroupKind = 'instance' | 'cluster';

/** The groups the service makes itself, one for each family; they cannot be changed. */
export function defaultGroupName(family: string): string {
  return `default.${family}`;
}

export function findGroup(
  world: World,
  kind: GroupKind,
  given: string,
  notFound = 'DBParameterGroupNotFoundFault',
): ParameterGroupRecord {
  const name = (given.startsWith('arn:') ? (given.split(':').at(-1) ?? '') : given).toLowerCase();
  const group = groupsOf(world, kind)[name] ?? defaultGroup(world, kind, name);
  if (group) return group;
  throw new ApiError(notFound, `DB${kind === 'cluster' ? 'Cluster' : ''}ParameterGroup not found: ${given}`);
}

export function groupsOf({ state }: World, kind: GroupKind): Record<string, ParameterGroupRecord> {
  return kind === 'instance' ? state.instanceGroups : state.clusterGroups;
}

/** Every family has a default group; cluster groups exist for Aurora only. */
export function defaultGroups(world: World, kind: GroupKind): ParameterGroupRecord[] {
  const families = new Set(
    world.engines.filter((one) => kind === 'instance' || one.name === 'aurora-postgresql').map((one) => one.family),
  );
  return [...families]
    .map((family) => defaultGroup(world, kind, defaultGroupName(family)))
    .filter((group) => group !== undefined);
}

function defaultGroup(world: World, kind: GroupKind, name: string): ParameterGroupRecord | undefined {
  const engine = world.engines.find((one) => defaultGroupName(one.family) === name);
  if (!engine || (kind === 'cluster' && engine.name !== 'aurora-postgresql')) return undefined;
  const description = `Default ${kind === 'cluster' ? 'cluster ' : ''}parameter group for ${engine.family}`;
  const arn = arnOf(world, kind === 'cluster' ? 'cluster-pg' : 'pg', name);
  return { name, arn, family: engine.family, description, tags: [], values: {} };
}

/** The group an instance or cluster is to use. @throws ApiError when there is none or it is of another family. */
export function groupFor(world: World, kind: GroupKind, engine: Engine, given: string | undefined): string {
  if (given === undefined) return defaultGroupName(engine.family);
  // Operations on cluster groups themselves answer with the instance groups' error, those on clusters do not.
  const notFound = kind === 'cluster' ? 'DBClusterParameterGroupNotFoundFault' : 'DBParameterGroupNotFoundFault';
  const group = findGroup(world, kind, given, notFound);
  if (group.family !== engine.family)
    throw new ApiError(
      'InvalidParameterCombination',
      `The parameter group ${group.name} with DBParameterGroupFamily ${group.family} can't be used for this instance. Use a parameter group with DBParameterGroupFamily ${engine.family}.`,
    );
  return group.name;
}

/** What the groups of an instance say now; its own group wins over its cluster's. */
export function desiredValues(world: World, { shape }: InstanceRecord): ParameterValues {
  const cluster = shape.DBClusterIdentifier === undefined ? undefined : world.state.clusters[shape.DBClusterIdentifier];
  const values: Record<string, string> = {};
  const groups = [
    cluster ? findGroup(world, 'cluster', cluster.shape.DBClusterParameterGroup) : undefined,
    ...shape.DBParameterGroups.map(({ DBParameterGroupName = '' }) =>
      findGroup(world, 'instance', DBParameterGroupName),
    ),
  ];
  for (const group of groups) for (const [name, { value }] of Object.entries(group?.values ?? {})) values[name] = value;
  return values;
}
