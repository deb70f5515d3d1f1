import { CancellationScope } from '@temporalio/workflow';
import type { Ending, Progress } from '../model/progress.ts';
import { refusedSections, undoneSections } from '../model/steps.ts';
import { traitsOf } from '../model/strategy.ts';
import { anotherTry, letTargetBeLookedAt } from './another-try.ts';
import { assertInput } from './assert-input.ts';
import { listenForCancel } from './cancel.ts';
import { conclude } from './conclude.ts';
import { goBack } from './go-back.ts';
import type { MigrateInput } from './messages.ts';
import { change, newMigration, now, set, stopIn, type Migration, type Stop } from './migration.ts';
import { application } from './phases/application.ts';
import { approval } from './phases/approval.ts';
import { cleanup } from './phases/cleanup.ts';
import { cutover } from './phases/cutover.ts';
import { data } from './phases/data.ts';
import { setup, type Route } from './phases/setup.ts';
import { soak } from './phases/soak.ts';
import { verification, type Rehearsed } from './phases/verification.ts';
import { answerRequests } from './requests.ts';
import { undoAll } from './saga.ts';

/**
 * Moves one database. Returns the final state when it is done; every other ending fails the run with type `MigrationEnded` and that state
 * as its details, except a cancel, which closes it as cancelled. The whole of it is shielded: a cancel is one more request.
 */
export async function migrateWorkflow(input: MigrateInput): Promise<Progress> {
  assertInput(input);
  const m = newMigration(input);
  const root = CancellationScope.current();
  answerRequests(m);
  listenForCancel(m, root);
  return CancellationScope.nonCancellable(async () => conclude(m, await run(m), root));
}

async function run(m: Migration): Promise<Ending> {
  for (let rehearsed: Rehearsed | null = null; ;) {
    try {
      rehearsed = await untilCommit(m, rehearsed);
    } catch (error) {
      return undo(m, stopIn(m, error));
    }
    const end = await afterCommit(m, rehearsed.route);
    if (end !== 'returned') return end;
  }
}

async function undo(m: Migration, { ending, reason }: Stop): Promise<Ending> {
  set(m, { reason });
  await undoAll(m);
  change(m, (p) => (ending === 'refused' ? refusedSections(p, now()) : undoneSections(p, 'setup', now())));
  set(m, { reason });
  return ending;
}

/** Everything in here is undone by one stack. What an earlier way forward made, and came back from, is used again. */
async function untilCommit(m: Migration, earlier: Rehearsed | null): Promise<Rehearsed> {
  const rehearsed = earlier === null ? await rehearse(m) : { ...earlier, switches: await anotherTry(m) };
  for (;;) {
    m.round += 1;
    const report = await verification(m, rehearsed, m.round);
    if (!(await approval(m, report))) continue;
    if (await cutover(m, report)) return rehearsed;
    if (traitsOf(m.input.plan).follows) await letTargetBeLookedAt(m);
  }
}

async function rehearse(m: Migration): Promise<Rehearsed> {
  const route = await setup(m);
  await data(m);
  return { route, switches: await application(m) };
}

/** From here on going back is a hand-over of its own; if it does not come about, the soak goes on. */
async function afterCommit(m: Migration, route: Route): Promise<'done' | 'returned' | 'rolled-back'> {
  for (;;) {
    try {
      await soak(m);
      await cleanup(m, route);
      return 'done';
    } catch (error) {
      stopIn(m, error);
      const end = await goBack(m);
      if (end !== 'stays-forward') return end;
    }
  }
}
