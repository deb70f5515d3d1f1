import { CancellationScope, sleep } from '@temporalio/workflow';
import { traitsOf } from '../model/strategy.ts';
import type { FeedNews } from '../activities/contract.ts';
import { askToStop, set, sides, type Migration } from './migration.ts';
import { call } from './policies.ts';
import { stepFailureOf } from './step-failure.ts';

/** Beside everything else the run does, also while it waits, is held or paused. */
export interface FeedWatch {
  news: FeedNews;
  readonly scope: CancellationScope;
  readonly over: Promise<void>;
}

const NO_NEWS: FeedNews = { trouble: null, stops: null, voids: null };

/**
 * Watches what following the source costs it, from the moment its log may be kept for the target until the fence. Trouble is shown,
 * danger to the source undoes the run, and what makes a verdict worthless voids its report. Begun twice it is one.
 */
export function beginFeedWatch(m: Migration): void {
  if (m.feedWatch !== null || !traitsOf(m.input.plan).follows) return;
  const scope = new CancellationScope();
  const over = scope.run(() => watchUntilCancelled(m, scope));
  m.feedWatch = { news: NO_NEWS, scope, over };
}

/** Before a fence and an undo: from there on others decide, and read the tracker. */
export async function endFeedWatch(m: Migration): Promise<void> {
  const watch = m.feedWatch;
  if (watch === null) return;
  m.feedWatch = null;
  watch.scope.cancel();
  await watch.over;
  if (m.progress.trouble !== null) set(m, { trouble: null });
}

/** All rows were just compared: what voided an earlier verdict has to be seen again to void this one. */
export async function verdictIsFresh(m: Migration): Promise<void> {
  if (verdictIsVoid(m) === null) return;
  await endFeedWatch(m);
  beginFeedWatch(m);
}

/** Why what was verified is worth nothing any more; null: it still is. */
export const verdictIsVoid = (m: Migration): string | null => m.feedWatch?.news.voids ?? null;

/**
 * Each piece of news doubles the time before mere trouble is news again, up to two hours: a network that flaps for a week must not fill the
 * history. The watch itself goes on looking meanwhile.
 */
async function watchUntilCancelled(m: Migration, scope: CancellationScope): Promise<void> {
  for (let known = NO_NEWS, news = 0; !scope.consideredCancelled; news += 1) {
    const quietMs = news === 0 ? 0 : Math.min(2 * 60 * 60_000, 15_000 * 2 ** news);
    try {
      const seen = await look(m, known, quietMs);
      if (scope.consideredCancelled || m.feedWatch === null) return;
      known = seen;
      m.feedWatch.news = seen;
      set(m, { trouble: seen.trouble });
      if (seen.stops !== null) askToStop(m, { ending: 'undone', reason: `${seen.stops}, so everything was undone` });
      if (seen.trouble?.startsWith(NOT_WATCHED) === true)
        await sleep(quietMs, { summary: 'before the feed is watched again' });
    } catch (error) {
      if (!scope.consideredCancelled) throw error;
    }
  }
}

const NOT_WATCHED = 'what following the source costs it could not be watched';

/** A watch that fails is trouble too; what was known of the verdict stays. */
async function look(m: Migration, known: FeedNews, quietMs: number): Promise<FeedNews> {
  try {
    const { instance } = m.input.plan.source;
    return await call('watchFeeds', `watch what following ${instance} costs it`, {
      ...sides(m),
      plan: m.input.plan,
      known,
      quietMs,
    });
  } catch (error) {
    return { ...known, trouble: `${NOT_WATCHED}: ${stepFailureOf(error).message}` };
  }
}
