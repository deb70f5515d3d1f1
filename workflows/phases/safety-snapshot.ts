import { safetySnapshotName } from '../../model/names.ts';
import { owner, type Migration } from '../migration.ts';
import { step } from '../step.ts';

/** Of the source as it is before anything touches it; no undo ever deletes it. */
export async function takeSafetySnapshot(m: Migration): Promise<void> {
  const snapshot = safetySnapshotName(m.input.plan, m.run);
  const order = { ...owner(m), snapshot };
  const ensure = (): Promise<void> =>
    step(m, 'ensureSnapshot', `take safety snapshot ${snapshot}`, { ...order, purpose: 'safety' });
  await ensure();
  await step(m, 'awaitSnapshot', `wait for safety snapshot ${snapshot}`, order, { again: ensure });
}
