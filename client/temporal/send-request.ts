import type { UpdateDefinition } from '@temporalio/common';
import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { failedTask, type Asking } from './ask-again.ts';
import type { Temporal } from './connect.ts';
import { networkTrouble } from './network-trouble.ts';

/** What became of a message: answered, or sent off without anybody knowing what came of it. */
export type Sent<Given> =
  | { readonly kind: 'answered'; readonly answer: Given }
  /** Malformed: it left no trace. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ended' }
  /** The run takes nothing now: Temporal turned the message away. */
  | { readonly kind: 'stuck'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** Longer than a worker needs to take over from one that died and replay. */
export const REQUEST_MS = 15_000;

/** Sends a request as an update, which answers at once. A broken connection or a time-out never means "not done". */
export async function sendRequest<Payload, Given>(
  { client, within }: Temporal,
  { id, asking }: { readonly id: string; readonly asking: Asking },
  update: UpdateDefinition<Given, [Payload]>,
  payload: Payload,
): Promise<Sent<Given>> {
  const args: [Payload] = [payload];
  const ask = (): Promise<Given> => client.workflow.getHandle(id).executeUpdate(update, { args });
  try {
    const answer = await asking(() => within(ask, REQUEST_MS));
    return { kind: 'answered', answer };
  } catch (error) {
    return whatBecame(error);
  }
}

function whatBecame(error: unknown): Sent<never> {
  if (error instanceof WorkflowNotFoundError) return { kind: 'ended' };
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return { kind: 'unknown', why: `no worker answered within ${REQUEST_MS / 1000} s` };
  if (error instanceof WorkflowUpdateFailedError) return failed(error);
  const stuck = failedTask(error);
  if (stuck !== null) return { kind: 'stuck', why: stuck };
  const trouble = networkTrouble(error);
  if (trouble !== null) return { kind: 'unknown', why: trouble };
  throw error;
}

function failed(error: WorkflowUpdateFailedError): Sent<never> {
  const { cause } = error;
  // The run ended between taking the request and answering it (name given by the server).
  if (cause instanceof ApplicationFailure && cause.type === 'AcceptedUpdateCompletedWorkflow')
    return { kind: 'unknown', why: 'the run ended before it answered' };
  return { kind: 'refused', reason: cause?.message ?? error.message };
}
