import { setTimeout as wait } from 'node:timers/promises';
import { failure } from '../failure.ts';
import { promoteReplica } from '../rds/promote-replica.ts';
import { step, type GiverHeld } from './attempt.ts';
import { checkToken, readCustodyRow } from './custody-store.ts';
import type { Arrival } from './physical-section.ts';
import { untilReady } from './until-ready.ts';

/** The replica has everything up to the fence, and is promoted. Neither needs custody of it, which it cannot keep before. */
export const promotedCopy: Arrival = async (inside) => {
  await step(inside, 'drain', () => replayTheFence(inside));
  const { clients, handOver } = inside;
  await step(inside, 'promote', () =>
    untilReady(inside, () => promoteReplica(clients, handOver, () => demandFenced(inside))),
  );
};

const POLL_MS = 50;

/** The server's own position after the proof: nobody has committed since, so that all rows are before it. */
async function replayTheFence({ clients, giver, handOver, name, abort }: GiverHeld): Promise<void> {
  const [end] = await giver.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
  await using replica = await clients.openSession(handOver.target, { name });
  for (;;) {
    abort.throwIfAborted();
    const [row] = await replica.query<{ follows: boolean; reached: boolean | null }>(
      'SELECT pg_is_in_recovery() AS follows, pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached',
      [end?.lsn],
    );
    if (row?.follows !== true)
      throw failure('ResourceFailed', 'the replica does not follow the source any more: somebody promoted it');
    if (row.reached === true) return;
    await wait(POLL_MS, undefined, { signal: abort }).catch(() => abort.throwIfAborted());
  }
}

/** Right before what no token protects: an attempt that wakes up late promotes nothing. */
async function demandFenced({ giver, handOver, token }: GiverHeld): Promise<void> {
  await giver.transaction(async () => {
    await checkToken(giver, token);
    const held = await readCustodyRow(giver);
    if (held?.state !== 'fenced' || held.handOver !== handOver.handOver)
      throw failure('PauseOverrun', `custody of the source is ${held?.state ?? 'gone'}; wanted fenced to promote`);
  });
}
