import { ApplicationFailure } from '@temporalio/common';
import { replicationNames } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { Sides } from '../contract.ts';
import { watchName } from '../replication/watch-feeds.ts';
import { carryAlong } from '../verification/live/carry-along.ts';

/** As many as a person reads. */
const NAMED = 10;

/**
 * Carries along that both sides are equal, so that going back finds little left to compare and the target need keep no log for it.
 * Answers tables that differ for certain, in words. A tracker that is gone is no trouble: going back compares all rows then.
 */
export async function wayBackVerdict(
  clients: Clients,
  { migration, source, target }: Sides,
  abort: AbortSignal,
): Promise<string[]> {
  const order = {
    migration,
    giver: target,
    taker: source,
    feed: replicationNames(migration).reverse,
    name: watchName(migration),
  };
  try {
    const { differing } = (await carryAlong(clients, order, abort)) ?? { differing: [] };
    return differing.length === 0
      ? []
      : [`the way back is lost until that is mended: the source differs in ${differing.slice(0, NAMED).join(', ')}`];
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'VerificationFailed') return [];
    throw error;
  }
}
