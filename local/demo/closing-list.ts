/** What has to be ended, in the order opposite to its start. */
export type ClosingList = {
  /** What was still starting when all was ended is ended at once. */
  add(close: () => Promise<void>): void;
  /** Ends everything, once; each is tried whatever became of the others. @throws the first error */
  closeAll(): Promise<void>;
};

export function closingList(): ClosingList {
  const closers: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  let over = false;
  const close = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let next = closers.pop(); next !== undefined; next = closers.pop())
      await next().catch((error: unknown) => errors.push(error));
    over = true;
    if (errors.length > 0) throw errors[0];
  };
  return {
    add: (closer) => (over ? void closer() : void closers.push(closer)),
    closeAll: () => (closing ??= close()),
  };
}
