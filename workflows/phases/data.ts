import type { CopyFacts } from '../../activities/contract.ts';
import { safetySnapshotName } from '../../model/names.ts';
import { owner, sides, type Migration } from '../migration.ts';
import { section, step } from '../step.ts';

/** The safety snapshot, which no undo ever deletes, and the rehearsal: the whole copy from the live source. */
export const data = (m: Migration): Promise<void> =>
  section(m, 'data', async () => {
    const { plan } = m.input;
    const snapshot = safetySnapshotName(plan, m.run);
    const order = { ...owner(m), snapshot };
    const ensure = (): Promise<void> =>
      step(m, 'ensureSnapshot', `take safety snapshot ${snapshot}`, { ...order, purpose: 'safety' });
    await ensure();
    await step(m, 'awaitSnapshot', `wait for safety snapshot ${snapshot}`, order, { again: ensure });
    await step(m, 'prepareTarget', `prepare ${plan.target.cluster} for the copy`, {
      ...sides(m),
      run: m.run,
      roles: plan.roles,
    });
    m.copied = await copy(m);
  });

/** Can be done again from its beginning, as it is when the copy was found to differ. */
export async function copy(m: Migration): Promise<CopyFacts> {
  const { roles, copy: settings, target } = m.input.plan;
  const copied = await step(
    m,
    'copyDatabase',
    `copy the database to ${target.cluster}`,
    { ...sides(m), jobs: settings.jobs, roles },
    { undo: { kind: 'dropWorkingCopy' } },
  );
  await step(m, 'carryRoles', 'carry roles and grants over', { ...sides(m), roles });
  await step(m, 'analyzeTarget', `analyze ${target.cluster}`, {
    migration: m.id,
    target: sides(m).target,
  });
  return copied;
}
