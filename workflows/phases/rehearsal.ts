import { instanceNames } from '../../model/names.ts';
import { traitsOf } from '../../model/strategy.ts';
import { owner, type Migration } from '../migration.ts';
import { step } from '../step.ts';
import { takeOverRehearsal } from './data.ts';
import { makeCluster } from './setup.ts';

/** Where a cutover was not begun after its rehearsal had gone, the next round makes another. */
export async function ensureRehearsal(m: Migration): Promise<void> {
  if (traitsOf(m.input.plan).target !== 'restored') return;
  if (m.rehearsalCleared) {
    await makeCluster(m);
    await takeOverRehearsal(m);
  }
  m.rehearsalCleared = false;
}

/** Frees the name for the cluster that the fenced section makes: while clients still write, for it takes AWS minutes. */
export async function clearRehearsal(m: Migration): Promise<void> {
  const { plan } = m.input;
  if (traitsOf(plan).target !== 'restored') return;
  m.rehearsalCleared = true;
  for (const instance of instanceNames(plan))
    await step(m, 'deleteInstance', `clear away instance ${instance} of the rehearsal`, { ...owner(m), instance });
  const { cluster } = plan.target;
  await step(m, 'deleteCluster', `clear away the rehearsal ${cluster}`, { ...owner(m), cluster });
}
