import { setTimeout as pause } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import type { Cli } from '../cli.ts';

/** How a question is put to a run. */
export type Asking = <Result>(ask: () => Promise<Result>) => Promise<Result>;

export const askOnce: Asking = async (ask) => await ask();

/** Another worker takes over from one that was killed within this time. */
export const PATIENCE_MS = 15_000;
const PAUSE_MS = 500;

/** Asks again while the run's workflow task counts as failed, and says once that it waits. The last failure is thrown. */
export const askAgain =
  ({ terminal }: Pick<Cli, 'terminal'>): Asking =>
  async (ask) => {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let waits = false; ; waits = true) {
      try {
        return await ask();
      } catch (error) {
        if (failedTask(error) === null || performance.now() > giveUpAt) throw error;
      }
      if (!waits)
        terminal.say(
          `… the run's last task failed, as after a worker's death: asked again for ${PATIENCE_MS / 1_000} s`,
        );
      await pause(PAUSE_MS);
    }
  };

/** What Temporal says of a run whose workflow task failed several times; nothing was done then. Null: another error. */
export function failedTask(error: unknown): string | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (!isGrpcServiceError(cause)) continue;
    const code: number = cause.code;
    // 9 FAILED_PRECONDITION stands for "no poller seen" too.
    if (code === 9 && cause.details.includes('Workflow Task in failed state')) return cause.details;
  }
  return null;
}
