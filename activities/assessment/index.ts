import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { assess } from './assess.ts';

export const assessmentActivities = (clients: Clients): Pick<Activities, 'assess'> => ({
  assess: (input) => assess(clients, input),
});
