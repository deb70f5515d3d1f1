import { ApplicationFailure } from '@temporalio/common';
import { isWritable, resumeFrom } from '../../model/custody.ts';
import { sessionName } from '../../model/names.ts';
import type { HandOverFacts } from '../../model/progress.ts';
import { failure } from '../failure.ts';
import { checkApproval } from './approval-check.ts';
import { claimGiver, claimTaker, step, type Attempt, type AttemptOrder, type GiverHeld } from './attempt.ts';
import type { Verified } from './commit.ts';
import { readCustodyRow } from './custody-store.ts';
import { endHandOver, givenBack } from './end-hand-over.ts';
import { revertSwitches } from './throw-switches.ts';

/** From the first deed that closes anything to the opening; throws what ended it before that. */
export type FencedSection = (attempt: Attempt) => Promise<void>;
/** The same where the taking side comes about only behind the fence. */
export type GiversSection = (held: GiverHeld) => Promise<void>;

/** Holds custody of both sides from the beginning. */
const onBothSides =
  (section: FencedSection): GiversSection =>
  async (held) => {
    await using attempt = await claimTaker(held);
    await section(attempt);
  };

export const handOverWrites = (order: AttemptOrder, section: FencedSection): Promise<HandOverFacts> =>
  handOverFrom(order, onBothSides(section));

/**
 * Moves the right to write from one side to the other. Cutover and rollback are this same code with the sides exchanged.
 * Throws `WritesGivenBack` when the giver keeps its writes, `ApprovalVoid` before anything was touched, `TokenOutdated` when a
 * later attempt took over, `DatabaseUnreachable` (retried) when custody could not be read.
 */
export async function handOverFrom(order: AttemptOrder, section: GiversSection): Promise<HandOverFacts> {
  let failed: unknown = new Error('an earlier attempt died inside the fence');
  {
    await using held = await claimGiver(order);
    const resume = resumeFrom(held.found, order.handOver.handOver);
    if (resume === 'already-given-back') throw givenBack('by an earlier attempt, or by the server at the deadline');
    if (resume === 'begin') {
      await step(held, 'check approval', () => checkApproval(held));
      try {
        await section(held);
        return await facts(held);
      } catch (error) {
        failed = error;
      }
    }
  }
  return await endAfresh(order, failed);
}

/** Sessions may be broken and a COMMIT's answer lost: custody is claimed anew under the same token and decides. */
async function endAfresh(order: AttemptOrder, why: unknown): Promise<HandOverFacts> {
  await using held = await claimGiver(order).catch((error: unknown) => standAside(order, error));
  const end = await endHandOver(held);
  if (end === 'untouched' && why instanceof ApplicationFailure) throw why;
  const reason = why instanceof Error ? why.message : String(why);
  if (end === 'completed') return { ...(await facts(held)), completedAfter: reason };
  throw givenBack(reason);
}

/** An overtaken attempt may have thrown a switch late: it puts that back where the giver has its writes again. */
async function standAside(order: AttemptOrder, error: unknown): Promise<never> {
  if (error instanceof ApplicationFailure && error.type === 'TokenOutdated') {
    const { source, target, migration } = order.handOver;
    const login = order.direction === 'source-to-target' ? source : target;
    await using session = await order.clients.openSession(login, { name: sessionName(migration, order.token) });
    const held = await readCustodyRow(session);
    if (held !== null && isWritable(held)) await revertSwitches(order);
  }
  throw error;
}

async function facts({ giver, direction, laps }: GiverHeld): Promise<HandOverFacts> {
  const [row] = await giver.query<{ closed_ms: number; fence_lsn: string; facts: Verified }>(
    `SELECT (extract(epoch FROM clock_timestamp() - fenced_at) * 1000)::int AS closed_ms, fence_lsn, facts FROM daybreak.custody`,
  );
  if (row === undefined)
    throw failure('CustodyHeldElsewhere', 'the custody row is gone: somebody removed schema daybreak');
  const { tables, rows, writesLost } = row.facts;
  return {
    direction,
    closedMs: row.closed_ms,
    steps: laps,
    rowsVerified: rows,
    tables,
    fenceLsn: row.fence_lsn,
    writesLost,
  };
}
