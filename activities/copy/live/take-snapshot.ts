import { replicationNames, sessionName } from '../../../model/names.ts';
import type { Clients, Session } from '../../clients.ts';
import type { Sides } from '../../contract.ts';
import { sqlStateOf } from '../../postgres/postgres-failure.ts';
import type { TargetClaim } from '../target-claim.ts';
import type { Blueprint } from './blueprint.ts';
import { beginCopy, forgetCopy, renameSnapshot, type CopyState } from './copy-state.ts';
import { endLease, takeLease, type Lease } from './lease.ts';
import { endSync, goesOnBySync } from './lost-snapshot.ts';
import { dropSlot, makeSlot, slotStandsAt } from './slot.ts';

export interface SnapshotOrder extends Sides {
  readonly clients: Clients;
  readonly claim: TargetClaim;
  /** Sessions outside of the snapshot. */
  readonly from: Session;
  readonly into: Session;
}

/** A copy that was begun, with its schema laid. */
export type BegunCopy = CopyState & { readonly blueprint: Blueprint };

export interface TakenSnapshot {
  readonly lease: Lease;
  /** Of the attempt whose work goes on; null: nothing is copied yet. */
  readonly goesOn: BegunCopy | null;
}

/** The snapshot is lost, what was copied from it is not. */
export interface LostSnapshot {
  readonly lease: null;
  readonly goesOn: BegunCopy;
}

/**
 * The slot and the snapshot it begins at: those of an earlier attempt if both still stand, otherwise new ones, unless the slot alone
 * stands and can carry the rest. A snapshot is lost when the source restarted or nobody renewed the lease; two are never mixed.
 */
export async function takeSnapshot(
  order: SnapshotOrder,
  found: CopyState | null,
): Promise<TakenSnapshot | LostSnapshot> {
  // Before the schema is laid there is nothing to go on with; and what it failed for may be put right since.
  if (found !== null && hasSchema(found)) {
    const adopted = found.syncing ? null : await adopt(order, found);
    if (adopted !== null) return adopted;
    if (await goesOnBySync(order, found)) return { lease: null, goesOn: found };
  }
  return beginAnew(order, found);
}

const hasSchema = (found: CopyState): found is BegunCopy => found.blueprint !== null;

async function beginAnew(order: SnapshotOrder, found: CopyState | null): Promise<TakenSnapshot> {
  const { clients, migration, source, claim, from, into } = order;
  const { forward } = replicationNames(migration);
  if (found?.syncing === true) await endSync(order);
  await forgetCopy(into, claim);
  await endLease(from, migration);
  await dropSlot(from, forward);
  await using slot = await makeSlot(clients, source, forward, sessionName(migration, 0));
  const lease = await takeLease(clients, source, { migration, snapshot: slot.snapshot });
  return leaving(lease, async () => {
    await beginCopy(into, claim, { slotLsn: slot.lsn, snapshot: lease.snapshot, sees: lease.sees });
    return { lease, goesOn: null };
  });
}

/** Null: slot or snapshot are gone, or are others under the same name. */
async function adopt(order: SnapshotOrder, found: BegunCopy): Promise<TakenSnapshot | null> {
  const { clients, migration, source, claim, from, into } = order;
  if (!(await slotStandsAt(from, replicationNames(migration).forward, found.slotLsn))) return null;
  const lease = await takeLease(clients, source, { migration, snapshot: found.snapshot }).catch(noSuchSnapshot);
  if (lease === null) return null;
  return leaving(lease, async () => {
    if (lease.sees !== found.sees) {
      lease.leave();
      return null;
    }
    // In this order: at any moment the id that is kept leads to a session that sleeps.
    await renameSnapshot(into, claim, lease.snapshot);
    await endLease(from, migration, lease.pid);
    return { lease, goesOn: { ...found, snapshot: lease.snapshot } };
  });
}

/** 22023: the id leads to no snapshot file. 55000: the transaction that exported it is over. */
function noSuchSnapshot(error: unknown): null {
  if (['22023', '55000', '42704'].includes(sqlStateOf(error) ?? '')) return null;
  throw error;
}

async function leaving<Result>(lease: Lease, deed: () => Promise<Result>): Promise<Result> {
  try {
    return await deed();
  } catch (error) {
    lease.leave();
    throw error;
  }
}
