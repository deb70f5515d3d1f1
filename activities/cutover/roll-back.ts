import type { HandOverFacts } from '../../model/progress.ts';
import { failure } from '../failure.ts';
import type { AttemptOrder } from './attempt.ts';
import { handOverWrites } from './hand-over.ts';
import { countChangesSinceOpening } from './row-changes.ts';

/**
 * The way back after the commit, without a reverse feed: the same hand-over with the sides exchanged. Nothing is copied, so what
 * the target took since the opening stays there and is counted: its sessions have ended, so its statistics are complete.
 */
export const rollBack = (order: AttemptOrder, acceptLoss: boolean): Promise<HandOverFacts> =>
  handOverWrites(order, async ({ giver }) => {
    const writesLost = await countChangesSinceOpening(giver);
    if (writesLost !== 0 && !acceptLoss)
      throw failure(
        'LossNotAccepted',
        `${writesLost ?? 'an unknown number of'} row changes on the target would be lost; wanted none, or that the loss is accepted`,
      );
    return { tables: 0, rows: 0, writesLost };
  });
