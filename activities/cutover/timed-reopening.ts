import { setTimeout as wait } from 'node:timers/promises';
import { failure } from '../failure.ts';
import type { Attempt } from './attempt.ts';
import { reopeningName } from './fence.ts';

/** How long the server may take to show the call as running. */
const START_LIMIT_MS = 2_000;

/**
 * Leaves one call running on the giver that reopens it past the deadline: with worker, network and Temporal gone, the server
 * still gives writes back. Armed before the fence, so that no fence ever stands without it. Throws `FenceNotProved`.
 */
export async function armTimedReopening(attempt: Attempt): Promise<void> {
  const { clients, giver, giverLogin, handOver } = attempt;
  const session = await clients.openSession(giverLogin, { name: reopeningName(attempt.name), statementTimeoutMs: 0 });
  let ended = false;
  const end = async (): Promise<void> => {
    ended = true;
    await session.close();
  };
  const call = 'CALL daybreak.reopen_past_deadline($1, $2)';
  void session.query(call, [handOver.handOver, attempt.token]).then(end, end);
  const limit = performance.now() + START_LIMIT_MS;
  while (!ended && performance.now() < limit) {
    const [row] = await giver.query<{ running: boolean }>(
      `SELECT query LIKE 'CALL daybreak.%' AND state <> 'idle' AS running FROM pg_stat_activity WHERE pid = $1`,
      [session.pid],
    );
    if (row?.running === true) return;
    await wait(5);
  }
  if (!ended) await session.close();
  throw failure(
    'FenceNotProved',
    'the timed reopening did not start on the server; without it a fence could outlive us',
  );
}
