import type {
  DBParameterGroup,
  DescribeDBParameterGroupsMessage,
  DescribeDBParametersMessage,
} from '@aws-sdk/client-rds';
import type { Deed, Handlers } from '../../protocol/handlers.ts';
import { applyFilters } from '../filters.ts';
import { pageOf } from '../pages.ts';
import type { ParameterGroupRecord } from '../state.ts';
import type { World } from '../world.ts';
import { changeGroup } from './change-group.ts';
import { newGroup, removeGroup } from './create-group.ts';
import { defaultGroups, findGroup } from './groups.ts';
import { parametersOf } from './list-parameters.ts';

/** Parameter groups of instances, of RDS and Aurora alike. */
export function instanceGroupHandlers(world: World): Handlers {
  return {
    CreateDBParameterGroup: ({ DBParameterGroupName, DBParameterGroupFamily, Description, Tags }) => {
      const group = newGroup(world, 'instance', {
        name: DBParameterGroupName,
        family: DBParameterGroupFamily,
        description: Description,
        tags: Tags,
      });
      return () => {
        world.state.instanceGroups[group.name] = group;
        return { DBParameterGroup: shapeOf(group) };
      };
    },
    DescribeDBParameterGroups: (input) => describeGroups(world, input),
    ModifyDBParameterGroup: ({ DBParameterGroupName = '', Parameters = [] }) => {
      const group = findGroup(world, 'instance', DBParameterGroupName);
      const change = changeGroup(world, 'instance', group, Parameters);
      return async () => {
        await change();
        return { DBParameterGroupName: group.name };
      };
    },
    DeleteDBParameterGroup: ({ DBParameterGroupName = '' }) => {
      const remove = removeGroup(world, 'instance', findGroup(world, 'instance', DBParameterGroupName));
      return () => {
        remove();
        return {};
      };
    },
    DescribeDBParameters: (input) => describeParameters(world, input),
  };
}

function describeGroups(world: World, input: DescribeDBParameterGroupsMessage): Deed<'DescribeDBParameterGroups'> {
  const { DBParameterGroupName, Filters, MaxRecords, Marker } = input;
  const all = [...defaultGroups(world, 'instance'), ...Object.values(world.state.instanceGroups)];
  const found = DBParameterGroupName === undefined ? all : [findGroup(world, 'instance', DBParameterGroupName)];
  const { items, marker } = pageOf(applyFilters(found, Filters, {}), { MaxRecords, Marker });
  return () => ({ DBParameterGroups: items.map(shapeOf), ...marker });
}

function describeParameters(world: World, input: DescribeDBParametersMessage): Deed<'DescribeDBParameters'> {
  const { DBParameterGroupName = '', Source, Filters, MaxRecords, Marker } = input;
  const parameters = parametersOf(world, findGroup(world, 'instance', DBParameterGroupName), Source, Filters);
  const { items, marker } = pageOf(parameters, { MaxRecords, Marker });
  return () => ({ Parameters: items, ...marker });
}

function shapeOf({ name, arn, family, description }: ParameterGroupRecord): DBParameterGroup {
  return {
    DBParameterGroupName: name,
    DBParameterGroupArn: arn,
    DBParameterGroupFamily: family,
    Description: description,
  };
}
