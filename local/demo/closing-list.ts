import type { Guardian } from './guardian.ts';

/** A process somebody has to end. */
export type Running = { readonly pid: number; stop(graceMs?: number): Promise<void> };

/** What has to be ended, in the order opposite to its start. */
export type ClosingList = {
  /** What was still starting when all was ended is ended at once. */
  add(close: () => Promise<void>): void;
  /** The same for a process, which the guardian ends if we cannot. Returns what stops it before its turn. */
  keep(thing: Running): (graceMs?: number) => Promise<void>;
  /** Has the guardian remove a folder if we cannot. */
  guard(folder: string): void;
  /** Ends everything, once; each is tried whatever became of the others. @throws the first error */
  closeAll(): Promise<void>;
};

export function closingList(guardian: Guardian): ClosingList {
  const closers: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  let over = false;
  const add = (closer: () => Promise<void>): void => (over ? void closer() : void closers.push(closer));
  const close = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let next = closers.pop(); next !== undefined; next = closers.pop())
      await next().catch((error: unknown) => errors.push(error));
    over = true;
    if (errors.length > 0) throw errors[0];
    await guardian.done();
  };
  return {
    add,
    keep: (thing) => {
      guardian.started(thing.pid);
      const stop = async (graceMs?: number): Promise<void> => {
        await thing.stop(graceMs);
        guardian.ended(thing.pid);
      };
      add(stop);
      return stop;
    },
    guard: (folder) => guardian.folder(folder),
    closeAll: () => (closing ??= close()),
  };
}
