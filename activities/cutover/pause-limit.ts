import { failure } from '../failure.ts';
import type { Attempt } from './attempt.ts';

/** Fires when `maxWritePause`, counted from now, is used up but for a tenth, at most 5 s: giving writes back needs time before the server does it. */
export function pauseLimit({ handOver }: Pick<Attempt, 'handOver'>): AbortSignal {
  const { maxWritePause } = handOver.plan.cutover;
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(failure('PauseOverrun', `cutover.maxWritePause of ${maxWritePause} ms is used up`)),
    maxWritePause - Math.min(5_000, maxWritePause / 10),
  );
  timer.unref();
  return limit.signal;
}
