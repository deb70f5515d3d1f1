import type { Session } from '../clients.ts';

/** Works through `items` in order, each session taking the next as it becomes free. The first failure ends all lanes. */
export async function inLanes<Item, Result>(
  sessions: readonly Session[],
  items: readonly Item[],
  deed: (session: Session, item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const lane = async (session: Session): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await deed(session, item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(sessions.map(lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
