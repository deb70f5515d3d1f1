import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';

const PAUSE_MS = 50;

/** SQLSTATE classes and codes that mean "not now": lost, refused, read-only, out of room, locked, going down. */
const NOT_NOW = /^(08|28|53|55|57|25006|42501)/;

/**
 * Tries again while the database is closed, until `patienceMs` are over: a moment without a database is a wait for the
 * client, not an error. The deed must be repeatable, for the answer to a success may be what was lost.
 */
export async function withPatience<Result>(patienceMs: number, deed: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await deed();
    } catch (error) {
      if (performance.now() >= giveUpAt || !isWorthAnotherTry(error)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Errors without a SQLSTATE are the network's, or a file that is being changed. */
function isWorthAnotherTry(error: unknown): boolean {
  return !(error instanceof DatabaseError) || NOT_NOW.test(error.code ?? '');
}
