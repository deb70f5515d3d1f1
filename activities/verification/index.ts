import { heartbeat } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { verifyCopy } from './verify-copy.ts';

/** Activities that prove a copy. */
export const verificationActivities = (clients: Clients): Pick<Activities, 'verifyCopy'> => ({
  verifyCopy: (input) =>
    verifyCopy(clients, input, (tablesDone, tables) => heartbeat({ stage: 'verify', tablesDone, tables })),
});
