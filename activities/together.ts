/**
 * Runs deeds side by side under one signal: the first failure, or `abort`, aborts all of them. Settles when all have ended, so
 * that nothing of a failed attempt goes on; throws what failed first.
 */
export async function together<Results extends readonly unknown[]>(
  abort: AbortSignal,
  deeds: { readonly [Index in keyof Results]: (abort: AbortSignal) => Promise<Results[Index]> },
): Promise<Results> {
  const failed = new AbortController();
  const signal = AbortSignal.any([abort, failed.signal]);
  const run = async (deed: (abort: AbortSignal) => Promise<unknown>): Promise<unknown> => {
    try {
      return await deed(signal);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const ends = await Promise.allSettled(deeds.map(run));
  signal.throwIfAborted();
  return ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined)) as unknown as Results;
}
