import { setTimeout as wait } from 'node:timers/promises';

/** How long a test is patient; the limit is generous because it is met on a loaded machine only when something is broken. */
export interface Patience {
  /** Milliseconds; 120 s unless told. */
  readonly limitMs?: number;
  /** Milliseconds between two looks; 50 unless told. */
  readonly lookMs?: number;
  /** What there is instead, for the error. */
  readonly seen?: () => string;
}

/**
 * Waits until `condition` answers with something (not null, undefined or false) and returns it.
 * `reason` completes "waited 120 s for: …" when it does not come; what the condition throws ends the wait at once.
 */
export async function until<Found>(
  reason: string,
  condition: () => Found | Promise<Found>,
  { limitMs = 120_000, lookMs = 50, seen }: Patience = {},
): Promise<Exclude<Found, null | undefined | false>> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const found = await condition();
    if (isThere(found)) return found;
    if (performance.now() > giveUpAt)
      throw new Error(`waited ${limitMs / 1_000} s for: ${reason}${seen === undefined ? '' : `; instead:\n${seen()}`}`);
    await wait(lookMs);
  }
}

const isThere = <Found>(found: Found): found is Exclude<Found, null | undefined | false> =>
  found !== null && found !== undefined && found !== false;
