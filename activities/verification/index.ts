import { Context } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { readCopy } from './read-copy.ts';
import { verifyCopy, type VerifySignals } from './verify-copy.ts';

const HEARTBEAT_MS = 1_000;

/** Activities that prove a copy. */
export const verificationActivities = (clients: Clients): Pick<Activities, 'verifyCopy' | 'readCopy'> => ({
  verifyCopy: (input) => tellingTables((signals) => verifyCopy(clients, input, signals)),
  readCopy: (input) => tellingTables((signals) => readCopy(clients, input, signals)),
});

async function tellingTables<Result>(deed: (signals: Required<VerifySignals>) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  let progress = { stage: 'verify', tablesDone: 0, tables: 0 };
  // By time and not by table: one big table must not look like a dead worker.
  const timer = setInterval(() => context.heartbeat(progress), HEARTBEAT_MS);
  try {
    return await deed({
      abort: context.cancellationSignal,
      onTable: (tablesDone, tables) => {
        progress = { stage: 'verify', tablesDone, tables };
      },
    });
  } finally {
    clearInterval(timer);
  }
}
