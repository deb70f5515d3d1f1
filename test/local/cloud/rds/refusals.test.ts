import {
  AddTagsToResourceCommand,
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  FailoverDBClusterCommand,
  ListTagsForResourceCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RebootDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  StopDBInstanceCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLUSTER,
  clusterStatus,
  INSTANCE,
  instanceStatus,
  MEMBER,
  openCloud,
  snapshotStatus,
  until,
  type CloudUnderTest,
} from '../cloud-under-test.ts';

type Sendable = Parameters<RDSClient['send']>[0];
let under: CloudUnderTest;

beforeAll(async () => {
  under = await openCloud();
  await under.rds.send(new CreateDBInstanceCommand({ ...INSTANCE, DeletionProtection: true }));
  await under.rds.send(new CreateDBClusterCommand({ ...CLUSTER, DeletionProtection: true }));
  await until('available', () => clusterStatus(under.rds, 'target'));
  await under.rds.send(new CreateDBInstanceCommand(MEMBER));
  await until('available', () => instanceStatus(under.rds, 'target-1'));
  await until('available', () => instanceStatus(under.rds, 'source'));
  await under.rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'taken' }));
  await until('available', () => snapshotStatus(under.rds, 'taken'));
}, 120_000);
afterAll(() => under.close());

async function refusal(command: object): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await under.rds.send(command as Sendable);
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('it was accepted');
}

const { DBName: _database, ...withoutDatabase } = INSTANCE;
const { ServerlessV2ScalingConfiguration: _scaling, ...withoutScaling } = CLUSTER;

describe('the local cloud refuses', () => {
  test.each<[why: string, command: object, name: string]>([
    ['an instance that exists', new CreateDBInstanceCommand(INSTANCE), 'DBInstanceAlreadyExistsFault'],
    [
      'the same name in capitals',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'SOURCE' }),
      'DBInstanceAlreadyExistsFault',
    ],
    ['a cluster that exists', new CreateDBClusterCommand(CLUSTER), 'DBClusterAlreadyExistsFault'],
    [
      'a snapshot name that is taken',
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'source', DBSnapshotIdentifier: 'taken' }),
      'DBSnapshotAlreadyExistsFault',
    ],
    [
      'an unknown instance',
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'nobody' }),
      'DBInstanceNotFoundFault',
    ],
    ['an unknown cluster', new DescribeDBClustersCommand({ DBClusterIdentifier: 'nobody' }), 'DBClusterNotFoundFault'],
    [
      'an unknown snapshot',
      new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'nothing' }),
      'DBSnapshotNotFoundFault',
    ],
    [
      'deleting a protected instance',
      new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'source', SkipFinalSnapshot: true }),
      'InvalidParameterCombination',
    ],
    [
      'deleting a protected cluster',
      new DeleteDBClusterCommand({ DBClusterIdentifier: 'target', SkipFinalSnapshot: true }),
      'InvalidParameterCombination',
    ],
    [
      'deleting with neither a final snapshot nor the word that none is wanted',
      new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'source' }),
      'InvalidParameterCombination',
    ],
    [
      'deleting with both',
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: 'source',
        SkipFinalSnapshot: true,
        FinalDBSnapshotIdentifier: 'x',
      }),
      'InvalidParameterCombination',
    ],
    [
      'a final snapshot of a cluster member',
      new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'target-1', FinalDBSnapshotIdentifier: 'x' }),
      'InvalidParameterCombination',
    ],
    [
      'a DB snapshot of a cluster member',
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'target-1', DBSnapshotIdentifier: 'x' }),
      'InvalidParameterValue',
    ],
    [
      'stopping a cluster member alone',
      new StopDBInstanceCommand({ DBInstanceIdentifier: 'target-1' }),
      'InvalidParameterCombination',
    ],
    [
      'failover of what has no second zone',
      new RebootDBInstanceCommand({ DBInstanceIdentifier: 'source', ForceFailover: true }),
      'InvalidParameterCombination',
    ],
    [
      'a version that is not installed',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'other', EngineVersion: '15.4' }),
      'InvalidParameterCombination',
    ],
    [
      'an Aurora instance without a cluster',
      new CreateDBInstanceCommand({ ...MEMBER, DBClusterIdentifier: undefined, DBInstanceIdentifier: 'other' }),
      'InvalidParameterCombination',
    ],
    [
      'a member with a master user of its own',
      new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'other', MasterUsername: 'someone' }),
      'InvalidParameterCombination',
    ],
    [
      'a member of another version',
      new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'other', EngineVersion: '15.18' }),
      'InvalidParameterCombination',
    ],
    [
      'no storage',
      new CreateDBInstanceCommand({ ...withoutDatabase, DBInstanceIdentifier: 'other', AllocatedStorage: undefined }),
      'InvalidParameterValue',
    ],
    [
      'a name with two hyphens',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'a--b' }),
      'InvalidParameterValue',
    ],
    [
      'a name that ends with a hyphen',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'a-' }),
      'InvalidParameterValue',
    ],
    [
      'a name of 64 characters',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'a'.repeat(64) }),
      'InvalidParameterValue',
    ],
    [
      'a short password',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'other', MasterUserPassword: 'short' }),
      'InvalidParameterValue',
    ],
    [
      'a password with an @',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'other', MasterUserPassword: 'long@enough' }),
      'InvalidParameterValue',
    ],
    [
      'a reserved master user',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'other', MasterUsername: 'rdsadmin' }),
      'InvalidParameterValue',
    ],
    [
      'a cluster master user of 17 characters',
      new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier: 'other', MasterUsername: 'a'.repeat(17) }),
      'InvalidParameterValue',
    ],
    [
      'more capacity at least than at most',
      new CreateDBClusterCommand({
        ...CLUSTER,
        DBClusterIdentifier: 'other',
        ServerlessV2ScalingConfiguration: { MinCapacity: 8, MaxCapacity: 4 },
      }),
      'InvalidParameterValue',
    ],
    [
      'a managed password beside a given one',
      new CreateDBClusterCommand({ ...CLUSTER, DBClusterIdentifier: 'other', ManageMasterUserPassword: true }),
      'InvalidParameterCombination',
    ],
    [
      'a parameter group of another family',
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'source', DBParameterGroupName: 'default.postgres17' }),
      'InvalidParameterCombination',
    ],
    [
      'a parameter group that is not there',
      new ModifyDBClusterCommand({ DBClusterIdentifier: 'target', DBClusterParameterGroupName: 'nothing' }),
      'DBClusterParameterGroupNotFoundFault',
    ],
    [
      'shrinking storage',
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'source', AllocatedStorage: 10 }),
      'InvalidParameterValue',
    ],
    [
      'a tag of AWS',
      new CreateDBInstanceCommand({ ...INSTANCE, DBInstanceIdentifier: 'other', Tags: [{ Key: 'aws:x', Value: 'y' }] }),
      'InvalidParameterValue',
    ],
    [
      'tags of another region',
      new ListTagsForResourceCommand({ ResourceName: 'arn:aws:rds:us-east-1:123456789012:db:source' }),
      'InvalidParameterValue',
    ],
    ['a page of 5', new DescribeDBInstancesCommand({ MaxRecords: 5 }), 'InvalidParameterValue'],
    [
      'a filter nobody knows',
      new DescribeDBInstancesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] }),
      'InvalidParameterValue',
    ],
  ])('%s', async (_why, command, name) => {
    expect(await refusal(command)).toMatchObject({ name });
  });

  test('a serverless instance in a cluster without capacity', async () => {
    await under.rds.send(new CreateDBClusterCommand({ ...withoutScaling, DBClusterIdentifier: 'plain' }));
    await until('available', () => clusterStatus(under.rds, 'plain'));
    expect(
      await refusal(
        new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'plain-1', DBClusterIdentifier: 'plain' }),
      ),
    ).toMatchObject({
      name: 'InvalidParameterCombination',
    });
  });

  test('operations it does not have, and says so', async () => {
    expect(await refusal(new FailoverDBClusterCommand({ DBClusterIdentifier: 'target' }))).toEqual({
      name: 'InvalidAction',
      message: 'The local cloud does not implement FailoverDBCluster.',
      status: 501,
    });
  });

  test('parameters it does not model, before it has done anything', async () => {
    const command = new ModifyDBInstanceCommand({
      DBInstanceIdentifier: 'source',
      EngineVersion: '17.10',
      DeletionProtection: false,
    });
    expect(await refusal(command)).toEqual({
      name: 'InvalidParameterCombination',
      message: 'The local cloud does not model EngineVersion of ModifyDBInstance.',
      status: 501,
    });
    const { DBInstances } = await under.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'source' }));
    expect(DBInstances?.[0]?.DeletionProtection).toBe(true);
  });
});

test('tags are added, replaced, listed and removed on whatever has an ARN', async () => {
  const { DBSnapshots } = await under.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'taken' }));
  const ResourceName = DBSnapshots?.[0]?.DBSnapshotArn;
  await under.rds.send(
    new AddTagsToResourceCommand({
      ResourceName,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await under.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: [{ Key: 'a', Value: '3' }] }));
  await under.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['b'] }));
  const { TagList } = await under.rds.send(new ListTagsForResourceCommand({ ResourceName }));
  expect(TagList).toEqual([{ Key: 'a', Value: '3' }]);
});
