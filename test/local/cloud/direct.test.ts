import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCloud, type Cloud } from '../../../local/cloud/start.ts';
import {
  clientOf,
  CLUSTER,
  clusterStatus,
  INSTANCE,
  instanceStatus,
  MEMBER,
  PASSWORD,
  query,
  until,
} from './cloud-under-test.ts';

const WHERE = 'SELECT inet_server_port() AS port';

describe('a cloud without relays', { timeout: 120_000 }, () => {
  let root: string;
  let cloud: Cloud;
  let rds: RDSClient;
  const begin = async (): Promise<void> => {
    cloud = await startCloud({ root, direct: true });
    rds = clientOf(cloud);
  };
  const instancePort = async (id: string): Promise<number> => {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
    return DBInstances?.[0]?.Endpoint?.Port ?? 0;
  };
  const clusterPort = async (): Promise<number> => {
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: 'target' }));
    return DBClusters?.[0]?.Port ?? 0;
  };
  const asked = async (port: number, user: string): Promise<unknown> =>
    (await query(cloud, { port, user, password: PASSWORD, database: 'app' }, WHERE))[0]?.['port'];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'cloud-direct-'));
    await begin();
    await rds.send(new CreateDBInstanceCommand(INSTANCE));
    await rds.send(new CreateDBClusterCommand(CLUSTER));
    await until('available', () => clusterStatus(rds, 'target'));
    await rds.send(new CreateDBInstanceCommand(MEMBER));
    for (const id of ['source', 'target-1']) await until('available', () => instanceStatus(rds, id));
  });
  afterAll(async () => {
    rds.destroy();
    await cloud.stop();
    await rm(root, { recursive: true });
  });

  test('has its servers listen at the endpoints themselves, that of a writer at its cluster’s', async () => {
    expect(await asked(await instancePort('source'), 'master_user')).toBe(await instancePort('source'));
    expect(await asked(await clusterPort(), 'clustermaster')).toBe(await clusterPort());
    expect(await instancePort('target-1')).toBe(await clusterPort());
  });

  test('cannot break the network, and says so', async () => {
    await expect(cloud.fault({ link: 'source', state: 'refuse' })).rejects.toThrow(
      'clients reach source itself here; start the cloud without --direct to break its network',
    );
    await cloud.fault({ clear: true });
    expect(await asked(await instancePort('source'), 'master_user')).toBe(await instancePort('source'));
  });

  test('has no second instance in a cluster, since no endpoint could move to it', async () => {
    await expect(
      rds.send(new CreateDBInstanceCommand({ ...MEMBER, DBInstanceIdentifier: 'target-2' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });

  test('is at the same ports after a kill', async () => {
    const before = [await instancePort('source'), await clusterPort()];
    rds.destroy();
    await cloud.kill();
    await begin();
    expect([await instancePort('source'), await clusterPort()]).toEqual(before);
    expect(await asked(before[0] ?? 0, 'master_user')).toBe(before[0]);
  });
});
