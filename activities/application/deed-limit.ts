import { failure } from '../failure.ts';

export const DEED_LIMIT_MS = 5_000;

/**
 * A file system that hangs (NFS does) must not hold a cutover: past the limit the deed counts as failed, and `signal` keeps it from
 * going on later. It cannot compare a token as SQL can, so whoever follows waits this long before it looks.
 */
export async function limited<Result>(
  what: string,
  deed: (signal: AbortSignal) => Promise<Result>,
  limitMs = DEED_LIMIT_MS,
): Promise<Result> {
  const signal = AbortSignal.timeout(limitMs);
  const limit = new Promise<never>((_, reject) => {
    const tooLate = () =>
      reject(failure('SwitchFailed', `${what}: not finished within ${limitMs} ms: does its file system answer?`));
    signal.addEventListener('abort', tooLate, { once: true });
  });
  return await Promise.race([deed(signal), limit]);
}
