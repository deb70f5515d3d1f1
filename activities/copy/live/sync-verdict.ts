import type { SyncLook } from './sync-look.ts';

/** `unheard`: nothing of the source arrives, though nobody says that anything fails. */
export type SyncVerdict = 'under way' | 'done' | 'disabled' | 'failing' | 'unheard';

/** A worker that failed is started anew after 5 s. */
const TOO_MANY_FAILURES = 5;
/** A server that sends nothing else sends a sign of life every 30 s, half of `wal_sender_timeout`. */
export const UNHEARD_LIMIT_MS = 90_000;

/**
 * Judges a table sync by one look after the other. A worker that cannot log in to the source fails without being counted, and one whose
 * packets are lost does not even fail. `now` in ms, of a clock that never goes back.
 */
export function syncVerdict(now: () => number = () => performance.now()): (look: SyncLook) => SyncVerdict {
  let moved: SyncLook | null = null;
  let heardAt = now();
  return (look) => {
    const moves = look.sign !== moved?.sign;
    if (moves || look.streams) heardAt = now();
    if (moved === null || moves) moved = look;
    if (look.enabled && look.tables.every(({ state }) => state === 'r')) return 'done';
    if (!moves && !look.enabled) return 'disabled';
    if (look.failures - moved.failures >= TOO_MANY_FAILURES) return 'failing';
    return now() - heardAt >= UNHEARD_LIMIT_MS ? 'unheard' : 'under way';
  };
}
