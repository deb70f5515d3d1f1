import type { Tag } from '@aws-sdk/client-rds';
import { ApiError } from '../../protocol/errors.ts';
import { arnOf } from '../arn.ts';
import { validLongIdentifier } from '../rules.ts';
import type { ParameterGroupRecord } from '../state.ts';
import { validTags } from '../tags.ts';
import type { World } from '../world.ts';
import { usersOf } from './change-group.ts';
import { groupsOf, type GroupKind } from './groups.ts';

export type NewGroup = {
  readonly name: string | undefined;
  readonly family: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly Tag[] | undefined;
};

/** The record of a new group, not entered yet. @throws ApiError when it exists or its family does not. */
export function newGroup(world: World, kind: GroupKind, wanted: NewGroup): ParameterGroupRecord {
  const parameter = kind === 'cluster' ? 'DBClusterParameterGroupName' : 'DBParameterGroupName';
  const name = validLongIdentifier(parameter, wanted.name ?? '');
  if (groupsOf(world, kind)[name])
    throw new ApiError('DBParameterGroupAlreadyExistsFault', `Parameter group ${name} already exists`);
  const family = wanted.family ?? '';
  if (
    !world.engines.some(
      (engine) => engine.family === family && (kind === 'instance' || engine.name === 'aurora-postgresql'),
    )
  )
    throw new ApiError('InvalidParameterValue', `ParameterGroupFamily ${family} is not a valid parameter group family`);
  return {
    name,
    arn: arnOf(world, kind === 'cluster' ? 'cluster-pg' : 'pg', name),
    family,
    description: wanted.description ?? '',
    tags: validTags(wanted.tags),
    values: {},
  };
}

/** Judges a deletion and returns what carries it out. Deleting a default group or one in use is refused. */
export function removeGroup(world: World, kind: GroupKind, group: ParameterGroupRecord): () => void {
  const groups = groupsOf(world, kind);
  if (!groups[group.name])
    throw new ApiError('InvalidDBParameterGroupStateFault', `Default parameter group ${group.name} cannot be deleted.`);
  const clusters = Object.values(world.state.clusters).filter(
    ({ shape }) => kind === 'cluster' && shape.DBClusterParameterGroup === group.name,
  );
  if (usersOf(world, kind, group).length + clusters.length > 0)
    throw new ApiError(
      'InvalidDBParameterGroupStateFault',
      `One or more database instances are still members of this parameter group ${group.name}, so the group cannot be deleted`,
    );
  return () => {
    delete groups[group.name];
  };
}
