import { CancellationScope, sleep } from '@temporalio/workflow';
import { owner, set, sides, type Migration } from '../migration.ts';
import { call } from '../policies.ts';
import { stepFailureOf } from '../step-failure.ts';
import { section, skippableStep } from '../step.ts';
import { waitForPerson } from '../waiting.ts';

/** The target takes writes, the source follows at a distance, and going back is one request away. */
export const soak = (m: Migration): Promise<void> =>
  section(m, 'soak', async () => {
    const { target } = m.input.plan;
    await skippableStep(m, 'markProduction', `mark ${target.cluster} as production`, owner(m));
    if (m.input.plan.strategy === 'blue-green')
      await skippableStep(m, 'dropTracker', 'end the comparison on the source', {
        migration: m.id,
        side: sides(m).source,
      });
    // The stack that held this undo is empty since the commit, and the dump is a copy of every row.
    await skippableStep(m, 'dropWorkingCopy', 'drop the working copy', { migration: m.id });
    await skippableStep(m, 'checkHealth', 'check the health of the application', {
      ...sides(m),
      plan: m.input.plan,
      staged: false,
    });
    const watching = new CancellationScope();
    const watch = watching.run(() => watchUntilCancelled(m, watching));
    try {
      await waitForPerson(m, { what: 'the end of the soak', until: m.soakEndsMs }, () => false);
    } finally {
      watching.cancel();
      await watch;
    }
    set(m, { reason: null });
  });

/**
 * Shows trouble as it comes and goes. Each piece of news doubles the time before the next is looked for, up to two hours: an application
 * that flaps for a week must not fill the history.
 */
async function watchUntilCancelled(m: Migration, scope: CancellationScope): Promise<void> {
  let known: string | null = null;
  for (let news = 0; !scope.consideredCancelled; news += 1) {
    try {
      const seen = await look(m, known);
      if (scope.consideredCancelled) return;
      known = seen;
      set(m, { reason: known === null ? null : `trouble in the soak: ${known}` });
      await sleep(Math.min(2 * 60 * 60_000, 15_000 * 2 ** news), { summary: 'before the soak is watched again' });
    } catch (error) {
      if (!scope.consideredCancelled) throw error;
    }
  }
}

/** A watch that fails is trouble too; it never ends the soak. */
async function look(m: Migration, known: string | null): Promise<string | null> {
  try {
    const { trouble } = await call('watchSoak', 'watch the soak', { ...sides(m), plan: m.input.plan, known });
    return trouble;
  } catch (error) {
    return `it could not be watched: ${stepFailureOf(error).message}`;
  }
}
