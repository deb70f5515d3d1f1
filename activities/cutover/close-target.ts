import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { LiveActivities } from '../contract.ts';
import { failure } from '../failure.ts';
import { readCustodyRow } from './custody-store.ts';

/**
 * A target that follows the source must take writes from nobody else: one would be a difference that no feed mends. Its doors may be
 * open, so that a staged application can be tried; where a hand-over shut them they are opened again.
 */
export const closeTarget =
  ({ openSession }: Clients): LiveActivities['closeTarget'] =>
  async ({ migration, target }) => {
    await using session = await openSession(target, { name: sessionName(migration, 0) });
    await session.transaction(async () => {
      // Locked, so that no opening comes in between: its tables would refuse writes for good.
      await session.query('SELECT FROM daybreak.custody FOR UPDATE');
      const held = await readCustodyRow(session);
      if (held?.migration !== migration || !['closed', 'given'].includes(held.state))
        throw failure(
          'CustodyHeldElsewhere',
          `custody of the target is ${held?.state ?? 'absent'}; wanted closed or given before its tables refuse writes`,
        );
      await session.query('SELECT daybreak.refuse_writes()');
      await session.query('SELECT daybreak.open_doors(doors) FROM daybreak.custody');
      await session.query('UPDATE daybreak.custody SET doors = NULL');
    });
  };
