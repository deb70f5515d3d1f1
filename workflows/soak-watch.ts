import { CancellationScope, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.ts';
import { set, sides, wayBackFound, type Migration } from './migration.ts';
import { call } from './policies.ts';
import { stepFailureOf } from './step-failure.ts';

/** Shows what endangers the target or the way back for as long as `deed` waits; whoever goes back must not be surprised. */
export async function underWatch<Result>(m: Migration, deed: () => Promise<Result>): Promise<Result> {
  const watching = new CancellationScope();
  const watch = watching.run(() => watchUntilCancelled(m, watching));
  try {
    return await deed();
  } finally {
    watching.cancel();
    await watch;
  }
}

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
      known = seen.trouble;
      tell(m, seen);
      await sleep(Math.min(2 * 60 * 60_000, 15_000 * 2 ** news), { summary: 'before the soak is watched again' });
    } catch (error) {
      if (!scope.consideredCancelled) throw error;
    }
  }
}

type Seen = Awaited<ReturnType<Activities['watchSoak']>>;

function tell(m: Migration, { trouble, wayBack: ofWayBack }: Seen): void {
  const { wayBack } = m.progress;
  set(m, {
    reason: trouble === null ? null : `trouble in the soak: ${trouble}`,
    wayBack: wayBack === null ? null : { ...wayBack, trouble: ofWayBack },
  });
}

/** A watch that fails is trouble too; it never ends the soak. */
async function look(m: Migration, known: string | null): Promise<Seen> {
  try {
    return await call('watchSoak', 'watch the soak', {
      ...sides(m),
      ...wayBackFound(m),
      plan: m.input.plan,
      known,
    });
  } catch (error) {
    const trouble = `it could not be watched: ${stepFailureOf(error).message}`;
    return { trouble, wayBack: trouble };
  }
}
