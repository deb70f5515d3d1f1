import { DeleteDBInstanceCommand, StopDBInstanceCommand, type DBInstance, type RDSClient } from '@aws-sdk/client-rds';
import type { Clients } from '../clients.ts';
import type { Activities, Owner } from '../contract.ts';
import { failure } from '../failure.ts';
import { askToDelete } from './deletion.ts';
import { findInstance, findSnapshot } from './describe.ts';
import { isProduction } from './ownership.ts';
import { call } from './rds-failure.ts';
import { assertSnapshotOf } from './snapshot.ts';
import { notYet } from './waiting.ts';

type Retirement = Parameters<Activities['retireSource']>[0];

/**
 * Stops or deletes the source by the plan, after the decommission gate. The only place that deletes what we did not make,
 * so everything that could go wrong is looked at again right before.
 */
export async function retireSource({ rds }: Clients, retirement: Retirement): Promise<void> {
  const { plan } = retirement;
  if (plan.cleanup.source === 'keep') return;
  const client = rds(plan.source.region);
  const source = await findInstance(client, plan.source.instance);
  if (plan.cleanup.source === 'stop') return await stopSource(client, source, plan.source.instance);
  if (source === null || source.DBInstanceStatus === 'deleting') return;
  assertRetirable(source, plan.source.instance);
  await assertFinalSnapshot(client, source, retirement);
  await askToDelete(`instance ${plan.source.instance}`, 'DBInstanceNotFoundFault', () =>
    client.send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: plan.source.instance,
        // Ours was awaited and looked at again, or the plan wants none: AWS's own would be one nobody waits for.
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: !plan.cleanup.keepAutomatedBackups,
      }),
    ),
  );
}

async function stopSource(rds: RDSClient, source: DBInstance | null, id: string): Promise<void> {
  if (source === null) throw failure('ResourceFailed', `instance ${id} does not exist any more: it cannot be stopped`);
  if (source.DBInstanceStatus === 'stopped' || source.DBInstanceStatus === 'stopping') return;
  assertRetirable(source, id);
  await call(`stop instance ${id}`, () => rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: id })));
}

function assertRetirable(source: DBInstance, id: string): void {
  const what = `instance ${id}`;
  if (isProduction({ tags: source.TagList }))
    throw failure('ResourceNotOurs', `${what} is tagged as production: it is not the source any more and stays`);
  if (source.DBClusterIdentifier !== undefined)
    throw failure(
      'ResourceNotOurs',
      `${what} is a member of cluster ${source.DBClusterIdentifier}: wanted the RDS source`,
    );
  if (source.DeletionProtection === true)
    throw failure(
      'ControlPlaneRefused',
      `${what} has deletion protection: we never switch that off on a source; switch it off, then retry`,
    );
}

async function assertFinalSnapshot(rds: RDSClient, source: DBInstance, { migration, plan, finalSnapshot }: Retirement) {
  if (!plan.cleanup.finalSnapshot) return;
  const id = plan.source.instance;
  if (finalSnapshot === null)
    throw failure(
      'ResourceFailed',
      `instance ${id} is not deleted: the plan wants a final snapshot, and none was made`,
    );
  const found = await findSnapshot(rds, finalSnapshot);
  if (found === null)
    throw failure(
      'ResourceFailed',
      `instance ${id} is not deleted: its final snapshot ${finalSnapshot} does not exist`,
    );
  assertSnapshotOf(found, { migration, plan, source });
  if (found.Status !== 'available')
    throw failure(
      'ResourceFailed',
      `instance ${id} is not deleted: its final snapshot ${finalSnapshot} is ${found.Status ?? 'without a status'}, wanted available`,
    );
}

export async function awaitSourceRetired({ rds, pollIntervalMs }: Clients, { plan }: Owner): Promise<void> {
  if (plan.cleanup.source === 'keep') return;
  const what = `instance ${plan.source.instance}`;
  const source = await findInstance(rds(plan.source.region), plan.source.instance);
  if (plan.cleanup.source === 'delete') {
    if (source === null) return;
    throw notYet(`${what} is ${source.DBInstanceStatus ?? 'without a status'}`, pollIntervalMs);
  }
  if (source === null) throw failure('ResourceFailed', `${what} does not exist any more: wanted it stopped`);
  if (source.DBInstanceStatus !== 'stopped')
    throw notYet(`${what} is ${source.DBInstanceStatus ?? 'without a status'}`, pollIntervalMs);
}
