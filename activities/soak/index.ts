import { Context } from '@temporalio/activity';
import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { beating } from '../heartbeat.ts';
import { watchSoak } from './watch-soak.ts';

type SoakActivities = Pick<Activities, 'watchSoak'>;

export const soakActivities = (clients: Clients): SoakActivities =>
  beating<SoakActivities>({
    watchSoak: (input) => watchSoak(clients, input, Context.current().cancellationSignal),
  });
