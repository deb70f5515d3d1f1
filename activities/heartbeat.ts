import { Context } from '@temporalio/activity';

/** Well below the shortest `heartbeatTimeout` in `workflows/policies.ts`. */
const BEAT_MS = 2_000;

/**
 * Makes every activity of a group beat while it runs, so that the death of a worker shows in seconds and not at the end of
 * a long time limit. For activities without progress of their own to tell; what they wait for is bounded by their own limits.
 */
export function beating<Group extends object>(group: Group): Group {
  const wrapped = Object.entries(group).map(([name, activity]: [string, (input: unknown) => Promise<unknown>]) => [
    name,
    async (input: unknown): Promise<unknown> => {
      const context = Context.current();
      const timer = setInterval(() => context.heartbeat(), BEAT_MS);
      try {
        return await activity(input);
      } finally {
        clearInterval(timer);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Group;
}
