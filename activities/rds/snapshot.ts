import {
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  type DBInstance,
  type DBSnapshot,
} from '@aws-sdk/client-rds';
import type { Clients } from '../clients.ts';
import type { Activities, Owner } from '../contract.ts';
import { failure } from '../failure.ts';
import { ensure } from './creation.ts';
import { askToDelete, goneNow } from './deletion.ts';
import { findInstance, findSnapshot } from './describe.ts';
import { assertMatches, assertOurs, tagsOf } from './ownership.ts';
import { assertAvailable, missing, notYet } from './waiting.ts';

/** Why a snapshot was taken, as a tag for whoever finds it years later. */
const PURPOSE_TAG = 'daybreak:purpose';

export async function ensureSnapshot(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, snapshot, purpose }: Parameters<Activities['ensureSnapshot']>[0],
): Promise<void> {
  const client = rds(plan.source.region);
  const source = await findInstance(client, plan.source.instance);
  if (source === null)
    throw failure('ResourceFailed', `instance ${plan.source.instance} does not exist: no snapshot of it can be made`);
  await ensure({
    what: `snapshot ${snapshot}`,
    find: () => findSnapshot(client, snapshot),
    create: () =>
      client.send(
        new CreateDBSnapshotCommand({
          DBSnapshotIdentifier: snapshot,
          DBInstanceIdentifier: plan.source.instance,
          Tags: [...tagsOf(migration, plan), { Key: PURPOSE_TAG, Value: purpose }],
        }),
      ),
    adopt: (found) => assertSnapshotOf(found, { migration, plan, source }),
    alreadyExists: 'DBSnapshotAlreadyExistsFault',
    intervalMs: pollIntervalMs,
  });
}

export async function awaitSnapshot(
  { rds, pollIntervalMs }: Clients,
  { plan, snapshot }: Parameters<Activities['awaitSnapshot']>[0],
): Promise<void> {
  const what = `snapshot ${snapshot}`;
  const found = await findSnapshot(rds(plan.source.region), snapshot);
  if (found === null) throw missing(what, pollIntervalMs);
  const { Status: status, PercentProgress } = found;
  assertAvailable({ what, status, intervalMs: pollIntervalMs, detail: `${PercentProgress ?? 0} % done` });
}

/**
 * Deletes a snapshot that was taken behind a fence and came to no use, and returns when it is gone. Throws `ResourceNotOurs` for any other:
 * the safety snapshot and the final one are for people to keep.
 */
export async function deleteSnapshot(
  { rds, pollIntervalMs }: Clients,
  { migration, plan, snapshot }: Parameters<Activities['deleteSnapshot']>[0],
): Promise<'undone' | 'absent'> {
  const client = rds(plan.source.region);
  const what = `snapshot ${snapshot}`;
  const found = await findSnapshot(client, snapshot);
  if (found === null) return goneNow();
  assertOurs({ what, tags: found.TagList }, migration);
  const purpose = found.TagList?.find(({ Key }) => Key === PURPOSE_TAG)?.Value;
  if (purpose !== 'cutover')
    throw failure('ResourceNotOurs', `${what} has purpose ${purpose ?? 'none'}; wanted cutover: nothing was deleted`);
  // AWS deletes none that is still being made.
  if (found.Status === 'available' || found.Status === 'failed')
    await askToDelete(what, 'DBSnapshotNotFoundFault', () =>
      client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: snapshot })),
    );
  throw notYet(`${what} is ${found.Status === 'creating' ? 'creating, and deleted then' : 'deleting'}`, pollIntervalMs);
}

interface Origin extends Owner {
  readonly source: DBInstance;
}

/** Throws `ResourceNotOurs` unless this migration took the snapshot, of this very instance and not of a namesake. */
export function assertSnapshotOf(found: DBSnapshot, { migration, plan, source }: Origin): void {
  const what = `snapshot ${found.DBSnapshotIdentifier ?? ''}`;
  assertOurs({ what, tags: found.TagList }, migration);
  assertMatches(what, [
    ['instance', found.DBInstanceIdentifier, plan.source.instance],
    ['resource id of the instance', found.DbiResourceId, source.DbiResourceId],
  ]);
}
