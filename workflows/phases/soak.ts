import { followsBack, isPhysical, traitsOf } from '../../model/strategy.ts';
import { owner, set, sides, type Migration } from '../migration.ts';
import { underWatch } from '../soak-watch.ts';
import { section, skippableStep } from '../step.ts';
import { waitForPerson } from '../waiting.ts';

/** The target takes writes, the source follows at a distance, and going back is one request away. */
export const soak = (m: Migration): Promise<void> =>
  section(m, 'soak', async () => {
    const { target } = m.input.plan;
    await skippableStep(m, 'markProduction', `mark ${target.cluster} as production`, owner(m));
    if (isPhysical(m.input.plan))
      await skippableStep(m, 'freeParameters', `let ${target.cluster} have its own parameters`, owner(m));
    if (traitsOf(m.input.plan).follows)
      await skippableStep(m, 'dropTracker', 'end the comparison on the source', {
        migration: m.id,
        side: sides(m).source,
      });
    // Both sides were equal when it opened, and the tracker there tells of every change since.
    m.trackedOnTarget = followsBack(m.progress);
    // The stack that held this undo is empty since the commit, and the dump is a copy of every row.
    await skippableStep(m, 'dropWorkingCopy', 'drop the working copy', { migration: m.id });
    await skippableStep(m, 'checkHealth', 'check the health of the application', {
      ...sides(m),
      plan: m.input.plan,
      staged: false,
    });
    await underWatch(m, () => untilItEnds(m));
    set(m, { reason: null });
  });

/** People may move its end while it is waited for. */
async function untilItEnds(m: Migration): Promise<void> {
  do {
    const until = m.soakEndsMs;
    await waitForPerson(m, { what: 'the end of the soak', until }, () => m.soakEndsMs !== until);
  } while (Date.now() < m.soakEndsMs);
}
