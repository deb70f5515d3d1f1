/** `input` as a handler sees it, and the members it never looked at. */
export type Watched<T extends object> = { readonly input: T; unread(): readonly string[] };

/**
 * Wraps an operation's input so that every member a handler reads is noted. After `unread()` the wrapper is closed: a
 * later read is a bug of the emulator and throws, as does copying the input as a whole, which would count as reading it.
 */
export function watchReads<T extends object>(original: T): Watched<T> {
  const unread = new Set(Object.keys(original));
  let closed = false;
  const input = new Proxy(original, {
    get: (target, member, receiver) => {
      if (closed) throw new Error(`input member ${String(member)} was read only in the deed`);
      unread.delete(String(member));
      return Reflect.get(target, member, receiver) as unknown;
    },
    ownKeys: () => {
      throw new Error('read the members of an input by name');
    },
  });
  return {
    input,
    unread: () => {
      closed = true;
      return [...unread];
    },
  };
}
