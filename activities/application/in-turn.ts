const turns = new Map<string, Promise<unknown>>();

/** Deeds on one file one after the other: two keys of a file, changed at once, would each write over what the other wrote. */
export async function inTurn<Result>(path: string, deed: () => Promise<Result>): Promise<Result> {
  const before = turns.get(path) ?? Promise.resolve();
  const turn = before.then(deed, deed);
  turns.set(path, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === turn) turns.delete(path);
  }
}
