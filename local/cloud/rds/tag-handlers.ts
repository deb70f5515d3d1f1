import type { Tag } from '@aws-sdk/client-rds';
import { ApiError } from '../protocol/errors.ts';
import type { Handlers } from '../protocol/handlers.ts';
import { parseArn } from './arn.ts';
import { findCluster, findClusterSnapshot, findInstance, findSnapshot } from './find.ts';
import { findGroup } from './parameters/groups.ts';
import { validTags } from './tags.ts';
import type { World } from './world.ts';

type TagList = { Key?: string | undefined; Value?: string | undefined }[];
/** AWS allows 50 tags on a resource. */
const MOST_TAGS = 50;

/** Tags of any resource that has an ARN. */
export function tagHandlers(world: World): Handlers {
  return {
    ListTagsForResource: ({ ResourceName = '', Filters = [] }) => {
      if (Filters.length > 0) throw new ApiError('InvalidParameterValue', 'Filters is not supported.');
      const tags = tagsOf(world, ResourceName);
      return () => ({ TagList: structuredClone(tags) });
    },
    AddTagsToResource: ({ ResourceName = '', Tags }) => {
      const tags = tagsOf(world, ResourceName);
      const added = validTags(Tags);
      const kept = tags.filter(({ Key }) => !added.some((tag) => tag.Key === Key));
      if (kept.length + added.length > MOST_TAGS)
        throw new ApiError('InvalidParameterValue', `A resource has at most ${MOST_TAGS} tags.`);
      return () => replace(tags, [...kept, ...added]);
    },
    RemoveTagsFromResource: ({ ResourceName = '', TagKeys = [] }) => {
      const tags = tagsOf(world, ResourceName);
      return () =>
        replace(
          tags,
          tags.filter(({ Key = '' }) => !TagKeys.includes(Key)),
        );
    },
  };
}

function replace(tags: TagList, wanted: readonly Tag[]): object {
  tags.splice(0, tags.length, ...wanted);
  return {};
}

function tagsOf(world: World, arn: string): TagList {
  const { kind, name } = parseArn(world, arn);
  switch (kind) {
    case 'db':
      return findInstance(world, name).shape.TagList;
    case 'cluster':
      return findCluster(world, name).shape.TagList;
    case 'snapshot':
      return findSnapshot(world, name).shape.TagList;
    case 'cluster-snapshot':
      return findClusterSnapshot(world, name).shape.TagList;
    case 'pg':
      return findGroup(world, 'instance', name).tags;
    case 'cluster-pg':
      return findGroup(world, 'cluster', name).tags;
    default:
      throw new ApiError(
        'InvalidParameterValue',
        `The local cloud keeps no tags of resources of the type ${kind}: ${arn}`,
      );
  }
}
