import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { watchSoak } from './watch-soak.ts';

export const soakActivities = (clients: Clients): Pick<Activities, 'watchSoak'> => ({
  watchSoak: (input) => watchSoak(clients, input),
});
