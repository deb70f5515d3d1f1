import { condition } from '@temporalio/workflow';
import { set, stopped, type Migration } from './migration.ts';

export interface Wait {
  /** In words for people, e.g. `approval of the cutover`. */
  readonly what: string;
  /** When the wait ends by itself, in ms since the epoch; null: never. */
  readonly until: number | null;
  /** What people are shown as the end, if it is another moment, e.g. of which only a reminder comes first. */
  readonly shownUntil?: number;
}

/**
 * Waits until `answered`, the end of the wait (false), or a stop, which is thrown. Until the commit the time counts toward
 * `abandonAfter`, and reaching that is a stop too.
 */
export async function waitForPerson(m: Migration, wait: Wait, answered: () => boolean): Promise<boolean> {
  const began = Date.now();
  const abandonAt = abandonsAt(m, began);
  const limit = earlier(wait.until, abandonAt);
  const shown = earlier(wait.shownUntil ?? wait.until, abandonAt);
  set(m, { waitingFor: { what: wait.what, until: shown === null ? null : new Date(shown).toISOString() } });
  const wakes = (): boolean => answered() || mayStop(m);
  if (limit === null) await condition(wakes);
  else await condition(wakes, Math.max(1, limit - began), { summary: wait.what });
  m.waitedMs += Date.now() - began;
  set(m, { waitingFor: null });
  if (mayStop(m)) throw stopped(m);
  if (answered()) return true;
  if (abandonAt !== null && Date.now() >= abandonAt)
    throw stopped(m, { ending: 'abandoned', reason: 'nobody answered within abandonAfter, so everything was undone' });
  return false;
}

/** Between two steps: here a pause takes effect, and a stop that came while nothing could be interrupted. */
export async function breathe(m: Migration): Promise<void> {
  while (m.pausedBy !== null && mayPause(m) && !mayStop(m)) {
    const { status } = m.progress;
    set(m, { status: 'paused', waitingFor: { what: `resume, paused by ${m.pausedBy}`, until: null } });
    await condition(() => m.pausedBy === null || mayStop(m));
    set(m, { status, waitingFor: null });
  }
  if (mayStop(m)) throw stopped(m);
}

/** After the commit a stop is a rollback; while undoing and after the point of no return there is nothing left to stop. */
export const mayStop = (m: Migration): boolean => m.stop !== null && (m.stage === 'forward' || m.stage === 'committed');

/** Giving back, undoing and ending never wait for a resume. */
export const mayPause = ({ stage }: Migration): boolean =>
  stage === 'forward' || stage === 'committed' || stage === 'retiring';

function abandonsAt(m: Migration, nowMs: number): number | null {
  const { abandonAfter } = m.input.plan;
  return m.stage === 'forward' && abandonAfter !== null ? nowMs + Math.max(1, abandonAfter - m.waitedMs) : null;
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);
