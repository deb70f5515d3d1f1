import { Context } from '@temporalio/activity';
import type { Clients } from '../../clients.ts';
import type { LiveActivities } from '../../contract.ts';
import { closeTarget } from '../../cutover/close-target.ts';
import { trackedVerdict } from './tracked-verdict.ts';
import { verifyLive, type VerifyLiveInput } from './verify-live.ts';

const HEARTBEAT_MS = 1_000;

/** Activities that prove a copy which follows its source. */
export const liveVerificationActivities = (clients: Clients): Pick<LiveActivities, 'verifyLive'> => ({
  verifyLive: async (input: VerifyLiveInput) => {
    const context = Context.current();
    // Tables made since the copy take writes as yet. Closed first, compared then: what somebody has written there is found.
    if (input.direction === 'source-to-target') await closeTarget(clients)(input);
    let progress = { stage: 'verify', tablesDone: 0, tables: 0 };
    // By time and not by table: one big table must not look like a dead worker.
    const timer = setInterval(() => context.heartbeat(progress), HEARTBEAT_MS);
    try {
      const tracked =
        input.direction === 'target-to-source'
          ? await trackedVerdict(clients, input, context.cancellationSignal)
          : null;
      if (tracked !== null) return tracked;
      return await verifyLive(clients, input, {
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
