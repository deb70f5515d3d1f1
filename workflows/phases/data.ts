import type { CopyFacts } from '../../activities/contract.ts';
import { traitsOf } from '../../model/strategy.ts';
import { beginFeedWatch } from '../feed-watch.ts';
import { sides, type Migration } from '../migration.ts';
import { section, step } from '../step.ts';
import { takeSafetySnapshot } from './safety-snapshot.ts';

/** The safety snapshot, which no undo ever deletes, and the copy: a rehearsal from the live source, or the one that will follow it. */
export const data = (m: Migration): Promise<void> =>
  section(m, 'data', async () => {
    const { follows, target } = traitsOf(m.input.plan);
    if (target === 'restored') return takeOverRehearsal(m);
    await takeSafetySnapshot(m);
    if (target === 'replica') return awaitReplay(m);
    await prepare(m);
    m.copied = follows ? await copyAndFollow(m) : await copy(m);
  });

async function prepare(m: Migration): Promise<void> {
  const { target, roles } = m.input.plan;
  await step(m, 'prepareTarget', `prepare ${target.cluster} for the copy`, { ...sides(m), run: m.run, roles });
}

/** The target was restored from the safety snapshot; nobody else may use it before this. */
export async function takeOverRehearsal(m: Migration): Promise<void> {
  await step(m, 'takeOverRehearsal', `make the rehearsal ${m.input.plan.target.cluster} harmless`, sides(m));
}

/** A replica copies and follows by itself; what is behind now is waited for behind the fence. */
export async function awaitReplay(m: Migration): Promise<void> {
  const { cluster } = m.input.plan.target;
  await step(m, 'awaitReplay', `wait until ${cluster} has caught up`, { ...sides(m), maxLagBytes: MAX_LAG_BYTES });
}

/** The rows travel while the application writes; from then on the target follows. */
async function copyAndFollow(m: Migration): Promise<CopyFacts> {
  const { plan } = m.input;
  const { cluster } = plan.target;
  await step(m, 'prepareReplication', `prepare replication from ${plan.source.instance}`, sides(m), {
    undo: { kind: 'dropReplication' },
  });
  beginFeedWatch(m);
  const copied = await step(m, 'copyLive', `copy the database to ${cluster} while it is written`, {
    ...sides(m),
    plan,
    run: m.run,
  });
  await step(m, 'carryRoles', 'carry roles and grants over', { ...sides(m), roles: plan.roles });
  await step(m, 'closeTarget', `let ${cluster} take no writes but the source's`, sides(m));
  await step(m, 'followSource', `let ${cluster} follow ${plan.source.instance}`, sides(m));
  await catchUp(m);
  return copied;
}

/** As far behind as a target may be when it is compared: the comparison waits for the rest by itself. */
const MAX_LAG_BYTES = 1024 * 1024;

/** Answers how long one change takes from side to side. */
export async function catchUp(m: Migration): Promise<{ readonly tripMs: number }> {
  const { cluster } = m.input.plan.target;
  return step(m, 'awaitCatchUp', `wait until ${cluster} has caught up`, { ...sides(m), maxLagBytes: MAX_LAG_BYTES });
}

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
