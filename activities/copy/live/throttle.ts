/** Bounds bytes per second of all lanes together. */
export interface Throttle {
  /** Says how long to wait, in ms, after `bytes` went through; 0: go on. */
  readonly take: (bytes: number) => number;
}

/** Shorter waits are not worth a timer: they add up until they are. */
const LEAST_WAIT_MS = 5;

/** `bytesPerSecond` null: no bound. Time that passed unused is not made up for. `now` in ms, of a clock that never goes back. */
export function throttle(bytesPerSecond: number | null, now: () => number = () => performance.now()): Throttle {
  if (bytesPerSecond === null) return { take: () => 0 };
  let paidUntil = now();
  return {
    take: (bytes) => {
      const present = now();
      paidUntil = Math.max(paidUntil, present) + (bytes / bytesPerSecond) * 1000;
      const waitMs = paidUntil - present;
      return waitMs < LEAST_WAIT_MS ? 0 : waitMs;
    },
  };
}
