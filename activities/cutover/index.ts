import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { isWritable } from '../../model/custody.ts';
import type { Clients } from '../clients.ts';
import type { Activities, CustodyPair, HandOver, Sides } from '../contract.ts';
import { claimGiver, type AttemptOrder, type Direction } from './attempt.ts';
import { readCustody } from './bookkeeping.ts';
import { cutOver } from './cut-over.ts';
import { endHandOver } from './end-hand-over.ts';
import { previewRollback } from './preview-rollback.ts';
import { rollBack } from './roll-back.ts';

const HEARTBEAT_MS = 500;

type CutoverActivities = Pick<Activities, 'cutOver' | 'rollBack' | 'settleHandOver' | 'previewRollback'>;

export function cutoverActivities(clients: Clients): CutoverActivities {
  return {
    cutOver: (input) => underHeartbeat(clients, input, 'source-to-target', cutOver),
    rollBack: ({ acceptLoss, ...input }) =>
      underHeartbeat(clients, input, 'target-to-source', (order) => rollBack(order, acceptLoss)),
    settleHandOver: ({ direction, ...input }) =>
      underHeartbeat(clients, input, direction, async (order) => {
        {
          await using held = await claimGiver(order);
          await endHandOver(held);
        }
        return await readSettled(clients, input, { token: order.token, direction });
      }),
    previewRollback: (input) => previewRollback(clients, input),
  };
}

/** A taking side that does not answer is left out where the giver has its writes: it must not keep a settled run waiting. */
async function readSettled(
  clients: Clients,
  sides: Sides,
  { token, direction }: { readonly token: number; readonly direction: Direction },
): Promise<CustodyPair> {
  const [giver, taker] =
    direction === 'source-to-target' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  const custody = await readCustody(clients, sides, { side: giver, token });
  const isSettled = custody !== null && isWritable(custody);
  const other = await readCustody(clients, sides, { side: taker, token }).catch((error: unknown) => {
    if (isSettled && error instanceof ApplicationFailure && error.type === 'DatabaseUnreachable') return null;
    throw error;
  });
  return direction === 'source-to-target' ? { source: custody, target: other } : { source: other, target: custody };
}

/**
 * Runs a fenced deed as an activity. The context is captured here: inside an abort listener it is gone. Heartbeats tell people
 * the step and bring the abort; nothing resumes from them.
 */
async function underHeartbeat<Result>(
  clients: Clients,
  handOver: HandOver,
  direction: Direction,
  deed: (order: AttemptOrder) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  let stage = 'begin';
  const beat = (): void => context.heartbeat({ stage });
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  try {
    return await deed({
      clients,
      handOver,
      direction,
      token: activityInfo().currentAttemptScheduledTimestampMs,
      abort: context.cancellationSignal,
      onStep: (step) => {
        stage = step;
        beat();
      },
    });
  } finally {
    clearInterval(timer);
  }
}
