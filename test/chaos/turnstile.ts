/** Keeps strikes and openings of lanes apart. */
export interface Turnstile {
  /** Waits until no lane is being opened. */
  strike<Result>(deed: () => Promise<Result>): Promise<Result>;
  /** One after the other; waits for the strikes under way. */
  open<Result>(deed: () => Promise<Result>): Promise<Result>;
}

/** To open a lane takes all that a small machine has for half a minute: a fault that strikes meanwhile would say nothing of the product. */
export function makeTurnstile(): Turnstile {
  const striking = new Set<Promise<unknown>>();
  let opening: Promise<unknown> = Promise.resolve();
  return {
    strike: async (deed) => {
      for (let seen: Promise<unknown> | null = null; seen !== opening; await seen) seen = opening;
      const running = deed();
      striking.add(running);
      try {
        return await running;
      } finally {
        striking.delete(running);
      }
    },
    open: async (deed) => {
      const before = opening;
      const mine = (async () => {
        await before;
        await Promise.allSettled(striking);
        return await deed();
      })();
      opening = mine.catch(() => undefined);
      return await mine;
    },
  };
}
