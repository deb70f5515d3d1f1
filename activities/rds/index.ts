import type { Clients } from '../clients.ts';
import type { Activities } from '../contract.ts';
import { awaitCluster, deleteCluster, ensureCluster } from './cluster.ts';
import { awaitInstance, deleteInstance, ensureInstance } from './instance.ts';
import { deleteParameterGroup, ensureParameterGroup, freeParameters } from './parameter-group.ts';
import { markProduction } from './production.ts';
import { unmarkProduction } from './unmark-production.ts';
import { awaitSnapshot, deleteSnapshot, ensureSnapshot } from './snapshot.ts';
import { awaitSourceRebooted, ensureSourceParameters, rebootSource } from './source-reboot.ts';
import { awaitSourceRetired, retireSource } from './source.ts';

export type RdsActivities = Pick<
  Activities,
  | 'ensureParameterGroup'
  | 'ensureCluster'
  | 'freeParameters'
  | 'awaitCluster'
  | 'ensureInstance'
  | 'awaitInstance'
  | 'ensureSnapshot'
  | 'awaitSnapshot'
  | 'deleteSnapshot'
  | 'deleteInstance'
  | 'deleteCluster'
  | 'deleteParameterGroup'
  | 'markProduction'
  | 'ensureSourceParameters'
  | 'rebootSource'
  | 'awaitSourceRebooted'
  | 'retireSource'
  | 'unmarkProduction'
  | 'awaitSourceRetired'
>;

/** Everything that is done through the RDS API, in the region of the plan's source. */
export const rdsActivities = (clients: Clients): RdsActivities => ({
  ensureParameterGroup: (input) => ensureParameterGroup(clients, input),
  ensureCluster: (input) => ensureCluster(clients, input),
  freeParameters: (input) => freeParameters(clients, input),
  awaitCluster: (input) => awaitCluster(clients, input),
  ensureInstance: (input) => ensureInstance(clients, input),
  awaitInstance: (input) => awaitInstance(clients, input),
  ensureSnapshot: (input) => ensureSnapshot(clients, input),
  awaitSnapshot: (input) => awaitSnapshot(clients, input),
  deleteSnapshot: (input) => deleteSnapshot(clients, input),
  deleteInstance: (input) => deleteInstance(clients, input),
  deleteCluster: (input) => deleteCluster(clients, input),
  deleteParameterGroup: (input) => deleteParameterGroup(clients, input),
  markProduction: (input) => markProduction(clients, input),
  ensureSourceParameters: (input) => ensureSourceParameters(clients, input),
  rebootSource: (input) => rebootSource(clients, input),
  awaitSourceRebooted: (input) => awaitSourceRebooted(clients, input),
  retireSource: (input) => retireSource(clients, input),
  unmarkProduction: (input) => unmarkProduction(clients, input),
  awaitSourceRetired: (input) => awaitSourceRetired(clients, input),
});
