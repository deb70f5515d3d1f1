import { setTimeout as wait } from 'node:timers/promises';
import { failure } from '../../failure.ts';
import type { Catalogue } from './catalogue.ts';
import { feedProgress, flushLog, logEnd } from './feed-progress.ts';
import type { KeyTracker } from './key-tracker.ts';
import { changedBefore, look, proved, type ChangedKey, type Sight } from './look.ts';
import { formatLsn } from './lsn.ts';

export interface Settling {
  readonly sight: Sight;
  readonly catalogue: Catalogue;
  readonly tracker: KeyTracker;
}

/** Between two looks. */
const LOOK_MS = 200;
/** As long as the other side may apply nothing while there is something to apply. */
const STALL_LIMIT_MS = 120_000;

/**
 * Looks again and again, so that few keys are pending at any time, until `done` fires. The sight is nobody else's meanwhile. The first
 * look comes after a while: who is done sooner meets none under way.
 */
export async function settleWhile({ sight, catalogue, tracker }: Settling, done: AbortSignal): Promise<void> {
  for (;;) {
    await wait(LOOK_MS, null, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    await look(sight, catalogue, tracker.changes);
  }
}

/**
 * Settles what was changed before `until`, and answers keys that differ for certain. Those that were written again meanwhile stay
 * pending. Throws `ResourceNotReady` if the other side stops applying.
 */
export async function settleUntil(
  settling: Settling,
  until: bigint,
  abort: AbortSignal,
): Promise<readonly ChangedKey[]> {
  const { sight, catalogue, tracker } = settling;
  const certain = new Map<string, ChangedKey>();
  const without = (changed: ChangedKey): boolean => certain.get(idOf(changed))?.lsn === changed.lsn;
  const progress = watchProgress(settling, abort);
  await knows(settling, until, abort);
  for (;;) {
    const differing = await look(sight, catalogue, tracker.changes, { without });
    for (const key of await proved(differing, tracker.changes, async () =>
      knows(settling, await logEnd(sight.giver), abort),
    ))
      certain.set(idOf(key), key);
    const open = changedBefore(tracker.changes, until, { limit: 1, without });
    if ([...open.values()].every((list) => list.length === 0)) break;
    await progress(until);
  }
  return [...certain.values()].filter(
    ({ table, key, lsn }) => tracker.changes.pending.get(table)?.keys.get(key) === lsn,
  );
}

/** Waits until the other side has applied everything before `until`. Throws `ResourceNotReady` if it stops applying. */
export async function awaitApplied(settling: Settling, until: bigint, abort: AbortSignal): Promise<void> {
  const progress = watchProgress(settling, abort);
  while ((await progress(until)) < until);
}

/** Waits until the tracker knows of everything that was committed before `lsn`. */
async function knows({ sight, tracker }: Settling, lsn: bigint, abort: AbortSignal): Promise<void> {
  if (tracker.changes.position >= lsn) return;
  await flushLog(sight.giver);
  await tracker.passed(lsn, abort);
}

const idOf = ({ table, key }: ChangedKey): string => `${table} ${key}`;

/** Each call waits a moment and answers how far the other side is; it throws if that has not moved for long. */
function watchProgress({ sight }: Settling, abort: AbortSignal): (until: bigint) => Promise<bigint> {
  let [furthest, since] = [-1n, performance.now()];
  return async (until) => {
    await wait(LOOK_MS, null, { signal: abort });
    const { applied } = await feedProgress(sight.giver, sight.feed);
    if (applied > furthest || applied >= until) [furthest, since] = [applied, performance.now()];
    if (performance.now() - since > STALL_LIMIT_MS)
      throw failure(
        'ResourceNotReady',
        `${sight.feed}: the other side has applied nothing beyond ${formatLsn(applied)} for ${STALL_LIMIT_MS / 1_000} s; wanted ${formatLsn(until)}`,
      );
    return applied;
  };
}
