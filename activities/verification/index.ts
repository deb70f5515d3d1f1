import { Context } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { verifyCopy } from './verify-copy.ts';

const HEARTBEAT_MS = 1_000;

/** Activities that prove a copy. */
export const verificationActivities = (clients: Clients): Pick<Activities, 'verifyCopy'> => ({
  verifyCopy: async (input) => {
    const context = Context.current();
    let progress = { stage: 'verify', tablesDone: 0, tables: 0 };
    // By time and not by table: one big table must not look like a dead worker.
    const timer = setInterval(() => context.heartbeat(progress), HEARTBEAT_MS);
    try {
      return await verifyCopy(clients, input, {
        abort: context.cancellationSignal,
        onTable: (tablesDone, tables) => {
          progress = { stage: 'verify', tablesDone, tables };
        },
      });
    } finally {
      clearInterval(timer);
    }
  },
});
