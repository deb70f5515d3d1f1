import { replicationNames, sessionName } from '../../../model/names.ts';
import type { Clients } from '../../clients.ts';
import type { LiveActivities } from '../../contract.ts';
import { dropSlot } from '../../replication/slot.ts';

/** The side that gave its writes away has nothing left to compare; its slot would keep the log until the disk is full. */
export const dropTracker =
  ({ openSession }: Pick<Clients, 'openSession'>): LiveActivities['dropTracker'] =>
  async ({ migration, side }) => {
    await using session = await openSession(side, { name: sessionName(migration, 0) });
    return (await dropSlot(session, replicationNames(migration).tracker)) ? 'undone' : 'absent';
  };
