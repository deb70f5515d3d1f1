import { setTimeout as wait } from 'node:timers/promises';

const LIMIT_MS = 120_000;
const LOOK_MS = 50;

/** Waits until `look` finds something, and says what was waited for when it does not come. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false>,
): Promise<Found> {
  const limit = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > limit) throw new Error(`waited ${LIMIT_MS / 1_000} s for: ${what}`);
    await wait(LOOK_MS);
  }
}
