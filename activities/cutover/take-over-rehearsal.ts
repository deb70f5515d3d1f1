import { sessionName } from '../../model/names.ts';
import type { Clients } from '../clients.ts';
import type { PhysicalActivities } from '../contract.ts';
import { takeOverCopy } from './take-over-copy.ts';

/** A copy made while the source takes writes: until it is taken over its custody says that somebody may write here. */
export const takeOverRehearsal =
  (clients: Clients): PhysicalActivities['takeOverRehearsal'] =>
  async ({ migration, target }) => {
    await using session = await clients.openSession(target, { name: sessionName(migration, 0) });
    await takeOverCopy(clients, target, session, { migration, behind: null });
  };
