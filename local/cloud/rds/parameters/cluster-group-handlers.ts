import type {
  DBClusterParameterGroup,
  DescribeDBClusterParameterGroupsMessage,
  DescribeDBClusterParametersMessage,
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

/** Parameter groups of Aurora clusters. */
export function clusterGroupHandlers(world: World): Handlers {
  return {
    CreateDBClusterParameterGroup: ({ DBClusterParameterGroupName, DBParameterGroupFamily, Description, Tags }) => {
      const group = newGroup(world, 'cluster', {
        name: DBClusterParameterGroupName,
        family: DBParameterGroupFamily,
        description: Description,
        tags: Tags,
      });
      return () => {
        world.state.clusterGroups[group.name] = group;
        return { DBClusterParameterGroup: shapeOf(group) };
      };
    },
    DescribeDBClusterParameterGroups: (input) => describeGroups(world, input),
    ModifyDBClusterParameterGroup: ({ DBClusterParameterGroupName = '', Parameters = [] }) => {
      const group = findGroup(world, 'cluster', DBClusterParameterGroupName);
      const change = changeGroup(world, 'cluster', group, Parameters);
      return async () => {
        await change();
        return { DBClusterParameterGroupName: group.name };
      };
    },
    DeleteDBClusterParameterGroup: ({ DBClusterParameterGroupName = '' }) => {
      const remove = removeGroup(world, 'cluster', findGroup(world, 'cluster', DBClusterParameterGroupName));
      return () => {
        remove();
        return {};
      };
    },
    DescribeDBClusterParameters: (input) => describeParameters(world, input),
  };
}

function describeGroups(
  world: World,
  input: DescribeDBClusterParameterGroupsMessage,
): Deed<'DescribeDBClusterParameterGroups'> {
  const { DBClusterParameterGroupName, Filters, MaxRecords, Marker } = input;
  const all = [...defaultGroups(world, 'cluster'), ...Object.values(world.state.clusterGroups)];
  const found =
    DBClusterParameterGroupName === undefined ? all : [findGroup(world, 'cluster', DBClusterParameterGroupName)];
  const { items, marker } = pageOf(applyFilters(found, Filters, {}), { MaxRecords, Marker });
  return () => ({ DBClusterParameterGroups: items.map(shapeOf), ...marker });
}

function describeParameters(
  world: World,
  input: DescribeDBClusterParametersMessage,
): Deed<'DescribeDBClusterParameters'> {
  const { DBClusterParameterGroupName = '', Source, Filters, MaxRecords, Marker } = input;
  const parameters = parametersOf(world, findGroup(world, 'cluster', DBClusterParameterGroupName), Source, Filters);
  const { items, marker } = pageOf(parameters, { MaxRecords, Marker });
  return () => ({ Parameters: items, ...marker });
}

function shapeOf({ name, arn, family, description }: ParameterGroupRecord): DBClusterParameterGroup {
  return {
    DBClusterParameterGroupName: name,
    DBClusterParameterGroupArn: arn,
    DBParameterGroupFamily: family,
    Description: description,
  };
}
