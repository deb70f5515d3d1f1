import { RemoveTagsFromResourceCommand, type RDSClient } from '@aws-sdk/client-rds';
import { isWritable } from '../../model/custody.ts';
import { ROLE_TAG, instanceNames, sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { readCustodyRow } from '../cutover/custody-store.ts';
import { failure } from '../failure.ts';
import { findCluster, findInstance } from './describe.ts';
import { assertOurs, isProduction, type Tagged } from './ownership.ts';
import { call } from './rds-failure.ts';

type Input = Parameters<Activities['unmarkProduction']>[0];

/**
 * Takes the mark of production off a target whose writes are all on the source again. The instances first: a target is unprotected only
 * once nothing of it is left marked. Throws `CustodyHeldElsewhere` unless the source's own custody says that clients write there.
 */
export async function unmarkProduction(clients: Clients, input: Input): Promise<'undone' | 'absent'> {
  await demandWritesOnSource(clients, input);
  const { migration, plan } = input;
  const client = clients.rds(plan.source.region);
  const marked: boolean[] = [];
  for (const name of instanceNames(plan).toReversed()) {
    const found = await findInstance(client, name);
    marked.push(
      await unmark(client, migration, { what: `instance ${name}`, arn: found?.DBInstanceArn, tags: found?.TagList }),
    );
  }
  const { cluster } = plan.target;
  const found = await findCluster(client, cluster);
  marked.push(
    await unmark(client, migration, { what: `cluster ${cluster}`, arn: found?.DBClusterArn, tags: found?.TagList }),
  );
  return marked.includes(true) ? 'undone' : 'absent';
}

async function demandWritesOnSource({ openSession }: Clients, { migration, source }: Input): Promise<void> {
  await using session = await openSession(source, { name: sessionName(migration, 0) });
  const held = await readCustodyRow(session);
  if (held?.migration !== migration || !isWritable(held))
    throw failure(
      'CustodyHeldElsewhere',
      `custody of the source is ${held?.state ?? 'gone'}; wanted taken: the target stays production while it has the writes`,
    );
}

async function unmark(
  rds: RDSClient,
  migration: string,
  { arn, ...resource }: Tagged & { readonly arn: string | undefined },
): Promise<boolean> {
  if (arn === undefined || !isProduction(resource)) return false;
  assertOurs(resource, migration);
  await call(`untag ${resource.what}`, () =>
    rds.send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: [ROLE_TAG] })),
  );
  return true;
}
