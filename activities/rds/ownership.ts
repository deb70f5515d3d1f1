import type { Tag } from '@aws-sdk/client-rds';
import { MIGRATION_TAG, ROLE_TAG } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import { failure } from '../failure.ts';

export const PRODUCTION = 'production';

/** Whose a resource is, by its tags: names alone prove nothing, somebody else may have taken them first. */
export interface Tagged {
  /** For people: `cluster mindmeasure-aurora`. */
  readonly what: string;
  readonly tags: readonly Tag[] | undefined;
}

export const tagsOf = (migration: string, plan: Pick<MigrationPlan, 'target'>): Tag[] =>
  Object.entries({ ...plan.target.tags, [MIGRATION_TAG]: migration }).map(([Key, Value]) => ({ Key, Value }));

export const isOurs = ({ tags }: Pick<Tagged, 'tags'>, migration: string): boolean =>
  valueOf(tags, MIGRATION_TAG) === migration;
export const isProduction = ({ tags }: Pick<Tagged, 'tags'>): boolean => valueOf(tags, ROLE_TAG) === PRODUCTION;

/** Throws `ResourceNotOurs` unless this migration made the resource. */
export function assertOurs(resource: Tagged, migration: string): void {
  if (isOurs(resource, migration)) return;
  const found = valueOf(resource.tags, MIGRATION_TAG);
  throw failure(
    'ResourceNotOurs',
    `${resource.what} exists with ${found === undefined ? `no tag ${MIGRATION_TAG}` : `tag ${MIGRATION_TAG}=${found}`}: wanted ${migration}; nothing was changed on it`,
  );
}

/**
 * Throws `ResourceNotOurs` unless this migration made the resource and it never became production: only then may it be
 * deleted, restarted, or taken for an empty target.
 */
export function assertExpendable(resource: Tagged, migration: string): void {
  assertOurs(resource, migration);
  if (isProduction(resource))
    throw failure(
      'ResourceNotOurs',
      `${resource.what} is tagged ${ROLE_TAG}=${PRODUCTION}: it has taken the application's writes and nothing of ours touches it`,
    );
}

/** Throws `ResourceNotOurs` naming the first trait in which a resource we would adopt differs from what the plan wants. */
export function assertMatches(
  what: string,
  traits: readonly (readonly [name: string, found: unknown, wanted: unknown])[],
) {
  for (const [name, found, wanted] of traits)
    if (found !== wanted)
      throw failure(
        'ResourceNotOurs',
        `${what} is ours but not as the plan wants it: ${name} is ${String(found)}, wanted ${String(wanted)}; delete it or correct the plan`,
      );
}

const valueOf = (tags: readonly Tag[] | undefined, key: string): string | undefined =>
  tags?.find((tag) => tag.Key === key)?.Value;
