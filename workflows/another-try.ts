import { endTrackingOnTarget } from './end-tracking.ts';
import { beginFeedWatch } from './feed-watch.ts';
import { set, sides, under, type Migration } from './migration.ts';
import { application, type StagedSwitch } from './phases/application.ts';
import { section, step } from './step.ts';
import { waitForPerson } from './waiting.ts';

/**
 * The writes are back on the source, which the target follows again. Whoever went back at night wants the run to wait: it goes on when
 * it is asked to, with the switches staged anew. Nothing is copied again.
 */
export async function anotherTry(m: Migration): Promise<readonly StagedSwitch[]> {
  await under(m, 'returned', async () => {
    await endTrackingOnTarget(m);
    beginFeedWatch(m);
    await waitForPerson(m, { what: 'somebody to ask for another try', until: null }, () => !m.returned);
  });
  set(m, { status: 'running', reason: null });
  await section(m, 'application', () => letTargetBeLookedAt(m));
  return application(m);
}

/** A hand-over, or a try of one, shut the doors of the side that was to take the writes; a staged application has to look at it. */
export const letTargetBeLookedAt = (m: Migration): Promise<void> =>
  step(
    m,
    'closeTarget',
    `let ${m.input.plan.target.cluster} be looked at, and take no writes but the source's`,
    sides(m),
  );
