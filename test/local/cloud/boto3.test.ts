import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openCloud, query, type CloudUnderTest } from './cloud-under-test.ts';

/** Why there is no second opinion on this machine; `undefined` where there is one. */
const missing = await execa('python3', ['-c', 'import boto3']).then(
  () => undefined,
  (error: Error) => error.message.split('\n')[0],
);
if (missing !== undefined)
  console.warn(
    `SKIPPED: the local cloud is not checked by boto3, for python3 has none here: ${missing}. Mend: pip install boto3`,
  );

let under: CloudUnderTest | undefined;
beforeAll(async () => {
  if (missing === undefined) under = await openCloud();
}, 120_000);
afterAll(() => under?.close());

const login = z.object({ login: z.object({ port: z.number(), user: z.string(), password: z.string() }) });

test.skipIf(missing !== undefined)(
  'boto3, an independent client, sees the same cloud with its own waiters and error classes',
  async () => {
    if (!under) throw new Error('no cloud');
    const { endpoint, region, secretsEndpoint } = under.cloud;
    const script = fileURLToPath(new URL('./boto3-scenario.py', import.meta.url));
    const { stdout } = await execa('python3', [script, endpoint, region, secretsEndpoint]);
    const seen: unknown = JSON.parse(stdout);
    expect(seen).toMatchObject({
      pages: 4,
      'user parameters': ['rds.logical_replication'],
      created: ['creating', '17.10'],
      found: ['available', '127.0.0.1', ['postgresql']],
      tags: [{ Key: 'made', Value: 'by boto3' }],
      cluster: ['available', ['boto-target-1']],
      'secret of': 'clustermaster',
      snapshots: ['boto-final', 'boto-snapshot'],
    });
    expect(seen).toHaveProperty('refused', [
      ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 404],
      ['DBSnapshotAlreadyExistsFault', 'DBSnapshotAlreadyExists', 400],
      ['InvalidDBClusterStateFault', 'InvalidDBClusterStateFault', 400],
      ['ClientError', 'InvalidParameterCombination', 400],
      ['ClientError', 'InvalidAction', 501],
    ]);
    const { login: managed } = login.parse(seen);
    expect(await query(under.cloud, { ...managed, database: 'postgres' }, 'SELECT current_user')).toEqual([
      { current_user: 'clustermaster' },
    ]);
  },
  180_000,
);
