import { Context } from '@temporalio/activity';
import type { Clients } from '../../clients.ts';
import type { LiveActivities } from '../../contract.ts';
import { copyLines } from '../../../model/copy-words.ts';
import { copyLive } from './copy-live.ts';

/** The copy of strategy `blue-green`. */
export const liveCopyActivities = (clients: Clients): Pick<LiveActivities, 'copyLive'> => ({
  copyLive: ({ migration, source, target, plan }) => {
    const context = Context.current();
    return copyLive(
      clients,
      { migration, source, target, ...plan.copy },
      {
        abort: context.cancellationSignal,
        heartbeat: (details) => context.heartbeat({ says: copyLines({ ...details, live: details }), ...details }),
      },
    );
  },
});
