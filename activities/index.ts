import { Context } from '@temporalio/activity';
import { applicationActivities } from './application/index.ts';
import { guardPoolers, type GuardInput } from './application/pgbouncer-guard.ts';
import { assessmentActivities } from './assessment/index.ts';
import type { Clients } from './clients.ts';
import type { Activities } from './contract.ts';
import { copyActivities } from './copy/index.ts';
import { liveCopyActivities } from './copy/live/index.ts';
import { bookkeeping } from './cutover/bookkeeping.ts';
import { closeTarget } from './cutover/close-target.ts';
import { cutoverActivities } from './cutover/index.ts';
import { takeOverRehearsal } from './cutover/take-over-rehearsal.ts';
import { evidenceActivities } from './evidence/index.ts';
import { beating } from './heartbeat.ts';
import { postgresActivities } from './postgres/index.ts';
import { rdsActivities } from './rds/index.ts';
import { awaitReplay } from './replication/await-replay.ts';
import { replicationActivities } from './replication/index.ts';
import { soakActivities } from './soak/index.ts';
import { verificationActivities } from './verification/index.ts';
import { dropTracker } from './verification/live/drop-tracker.ts';
import { liveVerificationActivities } from './verification/live/index.ts';

/** All activities, made from the clients. The queue decides which of them a worker is asked for. */
export function createActivities(clients: Clients): Activities {
  // These remember in their heartbeat what they asked for.
  const { deleteInstance, deleteCluster, deleteSnapshot, deleteParameterGroup, ...rds } = rdsActivities(clients);
  return {
    ...beating({
      ...assessmentActivities(clients),
      ...rds,
      ...postgresActivities(clients),
      ...applicationActivities(clients),
      ...evidenceActivities(clients),
      ...soakActivities(clients),
      ...bookkeeping(clients),
      closeTarget: closeTarget(clients),
      takeOverRehearsal: takeOverRehearsal(clients),
      awaitReplay: (input: Parameters<Activities['awaitReplay']>[0]) => awaitReplay(clients, input),
      dropTracker: dropTracker(clients),
      guardPoolers: (input: GuardInput) =>
        guardPoolers(clients, input, { abort: Context.current().cancellationSignal }),
    }),
    deleteInstance,
    deleteCluster,
    deleteSnapshot,
    deleteParameterGroup,
    ...copyActivities(clients),
    ...liveCopyActivities(clients),
    ...replicationActivities(clients),
    ...verificationActivities(clients),
    ...liveVerificationActivities(clients),
    ...cutoverActivities(clients),
  };
}
