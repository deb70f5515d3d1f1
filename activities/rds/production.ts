import { AddTagsToResourceCommand, type RDSClient, type Tag } from '@aws-sdk/client-rds';
import { ROLE_TAG, instanceNames } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Owner } from '../contract.ts';
import { failure } from '../failure.ts';
import { findCluster, findInstance } from './describe.ts';
import { PRODUCTION, assertOurs } from './ownership.ts';
import { call } from './rds-failure.ts';

/** Tags cluster and instances: from then on nothing of ours deletes them. The cluster first, it holds the rows. */
export async function markProduction({ rds }: Clients, { migration, plan }: Owner): Promise<void> {
  const client = rds(plan.source.region);
  const { cluster } = plan.target;
  const found = await findCluster(client, cluster);
  await mark(client, migration, { what: `cluster ${cluster}`, arn: found?.DBClusterArn, tags: found?.TagList });
  for (const name of instanceNames(plan)) {
    const instance = await findInstance(client, name);
    await mark(client, migration, { what: `instance ${name}`, arn: instance?.DBInstanceArn, tags: instance?.TagList });
  }
}

interface Markable {
  readonly what: string;
  readonly arn: string | undefined;
  readonly tags: readonly Tag[] | undefined;
}

async function mark(rds: RDSClient, migration: string, { what, arn, tags }: Markable): Promise<void> {
  if (arn === undefined) throw failure('ResourceFailed', `${what} does not exist: it cannot be tagged as production`);
  assertOurs({ what, tags }, migration);
  await call(`tag ${what}`, () =>
    rds.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: [{ Key: ROLE_TAG, Value: PRODUCTION }] })),
  );
}
