import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { LiveActivities } from '../contract.ts';
import { failure } from '../failure.ts';
import { readCustodyRow } from './custody-store.ts';

/** A target that follows the source must take writes from nobody else: one would be a difference that no feed mends. */
export const closeTarget =
  ({ openSession }: Clients): LiveActivities['closeTarget'] =>
  async ({ migration, target }) => {
    await using session = await openSession(target, { name: sessionName(migration, 0) });
    await session.transaction(async () => {
      const held = await readCustodyRow(session);
      if (held?.state !== 'closed' || held.migration !== migration)
        throw failure(
          'CustodyHeldElsewhere',
          `custody of the target is ${held?.state ?? 'absent'}; wanted closed before its tables refuse writes`,
        );
      await session.query('SELECT daybreak.refuse_writes()');
    });
  };
