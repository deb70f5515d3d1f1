import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { analyzeTarget } from './analyze-target.ts';
import { carryRoles } from './carry-roles.ts';
import { prepareTarget } from './prepare-target.ts';
import { probeTarget } from './probe-target.ts';

/** Activities that work in the databases' catalogues. */
export const postgresActivities = (
  clients: Clients,
): Pick<Activities, 'probeTarget' | 'prepareTarget' | 'carryRoles' | 'analyzeTarget'> => ({
  probeTarget: (input) => probeTarget(clients, input),
  prepareTarget: (input) => prepareTarget(clients, input),
  carryRoles: (input) => carryRoles(clients, input),
  analyzeTarget: (input) => analyzeTarget(clients, input),
});
