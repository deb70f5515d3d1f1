import { Context } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { LiveActivities } from '../contract.ts';
import { beating } from '../heartbeat.ts';
import { armReverse } from './arm-reverse.ts';
import { awaitCatchUp } from './await-catch-up.ts';
import { dropReplication } from './drop-replication.ts';
import { followSource } from './follow-source.ts';
import { prepareReplication } from './prepare-replication.ts';
import { tryWayBack } from './try-way-back.ts';
import { watchFeeds } from './watch-feeds.ts';

type ReplicationActivities = Pick<
  LiveActivities,
  | 'prepareReplication'
  | 'followSource'
  | 'awaitCatchUp'
  | 'armReverse'
  | 'tryWayBack'
  | 'watchFeeds'
  | 'dropReplication'
>;

/** Activities of the standing replication; the hand-over calls `publication.ts` and `sentinel.ts` itself. */
export const replicationActivities = (clients: Clients): ReplicationActivities =>
  beating<ReplicationActivities>({
    prepareReplication: (input) => prepareReplication(clients, input),
    followSource: (input) => followSource(clients, input),
    awaitCatchUp: (input) => awaitCatchUp(clients, input, Context.current().cancellationSignal),
    armReverse: (input) => armReverse(clients, input, Context.current().cancellationSignal),
    tryWayBack: (input) => tryWayBack(clients, input),
    watchFeeds: (input) => {
      const { cancellationSignal, info } = Context.current();
      return watchFeeds(clients, input, {
        abort: cancellationSignal,
        // Both of the server's clock, which is not the worker's.
        sinceMs: info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs,
      });
    },
    dropReplication: (input) => dropReplication(clients, input),
  });
