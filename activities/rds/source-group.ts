import {
  CreateDBParameterGroupCommand,
  DescribeDBParameterGroupsCommand,
  ListTagsForResourceCommand,
  ModifyDBParameterGroupCommand,
  paginateDescribeDBParameters,
  type DBParameterGroup,
  type Parameter,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';
import { sourceParameterGroupName } from '../../model/names.ts';
import type { ParameterChange } from '../../model/source-preparation.ts';
import type { Owner } from '../contract.ts';
import { failure } from '../failure.ts';
import { ensure } from './creation.ts';
import { assertMatches, assertOurs, tagsOf } from './ownership.ts';
import { call, rdsErrorName } from './rds-failure.ts';

/** AWS's own groups, which nobody can change, are called `default.<family>`. */
export const isAwsGroup = (group: string): boolean => group.startsWith('default.');

interface TaggedGroup {
  readonly group: DBParameterGroup;
  readonly tags: readonly Tag[];
}

/** Parameter group of an instance with its tags, or null. */
function findGroup(rds: RDSClient, name: string): Promise<TaggedGroup | null> {
  return call(`describe parameter group ${name}`, async () => {
    try {
      const { DBParameterGroups } = await rds.send(
        new DescribeDBParameterGroupsCommand({ DBParameterGroupName: name }),
      );
      const group = DBParameterGroups?.[0];
      if (group === undefined) return null;
      const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName: group.DBParameterGroupArn }));
      return { group, tags: TagList ?? [] };
    } catch (error) {
      if (rdsErrorName(error) === 'DBParameterGroupNotFoundFault') return null;
      throw error;
    }
  });
}

/** A group of the family of `like`, AWS's own: what nobody has changed needs no copying. Answers its name. */
export async function ensureOwnGroup(
  rds: RDSClient,
  { migration, plan }: Owner,
  { like, intervalMs }: { readonly like: string; readonly intervalMs: number },
): Promise<string> {
  const name = sourceParameterGroupName(plan);
  const what = `parameter group ${name}`;
  const family = (await findGroup(rds, like))?.group.DBParameterGroupFamily;
  if (family === undefined) throw failure('ResourceFailed', `parameter group ${like} of the source does not exist`);
  await ensure({
    what,
    find: () => findGroup(rds, name),
    create: () =>
      rds.send(
        new CreateDBParameterGroupCommand({
          DBParameterGroupName: name,
          DBParameterGroupFamily: family,
          Description: `Made by Daybreak in place of ${like}`,
          Tags: tagsOf(migration, plan),
        }),
      ),
    adopt: ({ group, tags }) => {
      assertOurs({ what, tags }, migration);
      assertMatches(what, [['family', group.DBParameterGroupFamily, family]]);
    },
    alreadyExists: 'DBParameterGroupAlreadyExistsFault',
    intervalMs,
  });
  return name;
}

/** Sets what differs and nothing else, so that a second try changes nothing. Throws `ControlPlaneRefused` for what nobody may set. */
export async function setGroupParameters(
  rds: RDSClient,
  name: string,
  changes: readonly ParameterChange[],
): Promise<void> {
  const known = await readParameters(rds, name);
  const differing = changes.filter(({ parameter, to }) => known.get(parameter)?.ParameterValue !== to);
  if (differing.length === 0) return;
  const Parameters = differing.map(({ parameter, to }): Parameter => {
    if (known.get(parameter)?.IsModifiable !== true)
      throw failure('ControlPlaneRefused', `${parameter} cannot be set in parameter group ${name}; wanted ${to}`);
    // All of them are static; AWS takes this method for any.
    return { ParameterName: parameter, ParameterValue: to, ApplyMethod: 'pending-reboot' };
  });
  await call(`set parameters of ${name}`, () =>
    rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: name, Parameters })),
  );
}

async function readParameters(rds: RDSClient, group: string): Promise<ReadonlyMap<string, Parameter>> {
  const parameters = new Map<string, Parameter>();
  await call(`read parameters of ${group}`, async () => {
    const pages = paginateDescribeDBParameters({ client: rds }, { DBParameterGroupName: group });
    for await (const { Parameters } of pages)
      for (const parameter of Parameters ?? []) parameters.set(parameter.ParameterName ?? '', parameter);
  });
  return parameters;
}
