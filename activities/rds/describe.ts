import {
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  type DBCluster,
  type DBClusterParameterGroup,
  type DBInstance,
  type DBSnapshot,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';
import { call, rdsErrorName } from './rds-failure.ts';

/** One resource by its identifier, or null when there is none. Never a list of all: RDS throttles those first. */

export const findCluster = (rds: RDSClient, id: string): Promise<DBCluster | null> =>
  found(`describe cluster ${id}`, 'DBClusterNotFoundFault', async () => {
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
    return DBClusters?.[0];
  });

export const findInstance = (rds: RDSClient, id: string): Promise<DBInstance | null> =>
  found(`describe instance ${id}`, 'DBInstanceNotFoundFault', async () => {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
    return DBInstances?.[0];
  });

export const findSnapshot = (rds: RDSClient, id: string): Promise<DBSnapshot | null> =>
  found(`describe snapshot ${id}`, 'DBSnapshotNotFoundFault', async () => {
    const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id }));
    return DBSnapshots?.[0];
  });

export interface TaggedParameterGroup {
  readonly group: DBClusterParameterGroup;
  readonly tags: readonly Tag[];
}

/** Parameter groups alone do not carry their tags in the description. */
export const findParameterGroup = (rds: RDSClient, name: string): Promise<TaggedParameterGroup | null> =>
  found(`describe parameter group ${name}`, 'DBParameterGroupNotFoundFault', async () => {
    const { DBClusterParameterGroups } = await rds.send(
      new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName: name }),
    );
    const group = DBClusterParameterGroups?.[0];
    if (group === undefined) return undefined;
    const { TagList } = await rds.send(
      new ListTagsForResourceCommand({ ResourceName: group.DBClusterParameterGroupArn }),
    );
    return { group, tags: TagList ?? [] };
  });

/** A client error of one name means "there is none"; so does an empty list. */
function found<Resource>(
  what: string,
  notFound: string,
  look: () => Promise<Resource | undefined>,
): Promise<Resource | null> {
  return call(what, async () => {
    try {
      return (await look()) ?? null;
    } catch (error) {
      if (rdsErrorName(error) === notFound) return null;
      throw error;
    }
  });
}
