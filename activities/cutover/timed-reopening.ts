import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../clients.ts';
import { failure } from '../failure.ts';
import type { GiverHeld } from './attempt.ts';
import { reopeningName } from './fence.ts';

/** How long the server may take to show the call as running. */
const START_LIMIT_MS = 2_000;

/** A session that is logged in and has nothing left to do but to stand guard. */
export interface ReadyReopening extends AsyncDisposable {
  arm(): Promise<void>;
}

/**
 * Leaves one call running on the giver that reopens it past the deadline: with worker, network and Temporal gone, the server
 * still gives writes back. Armed before the fence, so that no fence ever stands without it. Throws `FenceNotProved`.
 */
export async function armTimedReopening(attempt: GiverHeld): Promise<void> {
  await using ready = await readyReopening(attempt);
  await ready.arm();
}

/** Disposed of, an armed one goes on: it ends when the fence does. */
export async function readyReopening({
  clients,
  giver,
  giverLogin,
  name,
  handOver,
  token,
}: GiverHeld): Promise<ReadyReopening> {
  const session = await clients.openSession(giverLogin, { name: reopeningName(name), statementTimeoutMs: 0 });
  let armed = false;
  const call = async (): Promise<void> => {
    await session.query('CALL daybreak.reopen_past_deadline($1, $2)', [handOver.handOver, token]);
  };
  return {
    arm: async () => {
      const running = new AbortController();
      const end = (): Promise<void> => {
        running.abort();
        return session.close();
      };
      void call().then(end, end);
      if (await isRunning(giver, session.pid, running.signal)) armed = true;
      else
        throw failure(
          'FenceNotProved',
          'the timed reopening did not start on the server; without it a fence could outlive us',
        );
    },
    [Symbol.asyncDispose]: async () => {
      if (!armed) await session.close();
    },
  };
}

/** Whether the server shows the call as running before it has ended or its time is up. */
async function isRunning(giver: Session, pid: number, ended: AbortSignal): Promise<boolean> {
  const limit = performance.now() + START_LIMIT_MS;
  while (!ended.aborted && performance.now() < limit) {
    const [row] = await giver.query<{ running: boolean }>(
      `SELECT query LIKE 'CALL daybreak.%' AND state <> 'idle' AS running FROM pg_stat_activity WHERE pid = $1`,
      [pid],
    );
    if (row?.running === true) return true;
    await wait(5);
  }
  return false;
}
