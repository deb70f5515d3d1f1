import { openLane, type DatabaseLane, type LaneOptions } from './database-lane.ts';

/** A few lanes shared by many callers: each waits for a free one. */
export type Lanes = DatabaseLane;

export function openLanes(count: number, options: LaneOptions): Lanes {
  const all = Array.from({ length: count }, () => openLane(options));
  const free = [...all];
  const waiting: ((lane: DatabaseLane) => void)[] = [];
  const take = async (): Promise<DatabaseLane> => free.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));
  const giveBack = (lane: DatabaseLane): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };
  return {
    use: async (deed) => {
      const lane = await take();
      try {
        return await lane.use(deed);
      } finally {
        giveBack(lane);
      }
    },
    close: async () => {
      await Promise.all(all.map((lane) => lane.close()));
    },
  };
}
