import type { Client } from '@temporalio/client';
import {
  ApplicationFailure,
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { progressQuery } from '../../workflows/messages.ts';
import type { Progress } from '../../model/progress.ts';
import { complain } from '../complaint.ts';
import { EXIT } from '../exit-codes.ts';
import { askOnce } from './ask-again.ts';
import type { Temporal } from './connect.ts';
import { pendingActivities } from './pending-activities.ts';
import type { RunView } from './run-view.ts';

/** A worker that lives answers at once, or in a second or two where it has to replay. */
const QUERY_MS = 5_000;

type Handle = ReturnType<Client['workflow']['getHandle']>;

/** Everything that is known about a run: Temporal's own description and the run's answer, if a worker gives one. */
export async function readRun({ client, within }: Temporal, id: string, asking = askOnce): Promise<RunView> {
  const handle = client.workflow.getHandle(id);
  const query = (): Promise<Progress> => handle.query(progressQuery);
  const description = await describe(within, handle);
  const execution = description.status.name;
  // What an ended run left needs no worker; everything else is asked of the run.
  const left = execution === 'COMPLETED' || execution === 'FAILED' ? await lastWords(within, handle) : null;
  const { progress, silence } =
    left === null ? await ask(() => asking(() => within(query, QUERY_MS))) : { progress: left, silence: null };
  return {
    id,
    run: description.runId,
    execution,
    progress,
    silence,
    activities: pendingActivities(description.raw.pendingActivities ?? []),
  };
}

async function describe(within: Temporal['within'], handle: Handle): ReturnType<Handle['describe']> {
  try {
    return await within(() => handle.describe());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw complain({
      what: 'there is no such run',
      found: handle.workflowId,
      wanted: 'the id of a run this namespace still keeps',
      remedy: 'daybreak list shows them; reports of older ones lie in the evidence store',
      ending: 'nothing changed',
      exitCode: EXIT.usage,
    });
  }
}

interface RunAnswer {
  readonly progress: Progress | null;
  readonly silence: string | null;
}

async function ask(query: () => Promise<Progress>): Promise<RunAnswer> {
  try {
    return { progress: await query(), silence: null };
  } catch (error) {
    const silence = silenceOf(error);
    if (silence === null) throw error;
    return { progress: null, silence };
  }
}

/** Why a query went unanswered though Temporal serves us; null: another kind of error, or Temporal itself is silent. */
function silenceOf(error: unknown): string | null {
  if (error instanceof QueryNotRegisteredError)
    return 'its worker does not know the query progress: it runs other code';
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (!isGrpcServiceError(cause)) continue;
    const code: number = cause.code;
    // Temporal itself has just described the run: 1 CANCELLED, 4 DEADLINE_EXCEEDED, 8 RESOURCE_EXHAUSTED (queries wait already), 14
    // UNAVAILABLE are about the worker. 9 FAILED_PRECONDITION: "no poller seen", or the workflow task fails.
    if ([1, 4, 8, 14].includes(code)) return 'no worker answered in time; daybreak worker starts one';
    if (code === 9 && cause.details.includes('poller')) return 'no worker is up; daybreak worker starts one';
    if (code === 9) return `its worker cannot go on (${cause.details}); it waits for a corrected release`;
  }
  return null;
}

/** What the run returned, or failed with, at its end: readable without a worker while Temporal keeps the run. */
async function lastWords(within: Temporal['within'], handle: Handle): Promise<Progress | null> {
  const words: unknown = await within(() => handle.result()).catch(detailOf);
  return isProgress(words) ? words : null;
}

/** Every ending but done fails the run with the last state as its detail; a failure without one says nothing. */
function detailOf(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) throw error;
  return error.cause instanceof ApplicationFailure ? error.cause.details?.[0] : null;
}

const isProgress = (value: unknown): value is Progress =>
  typeof value === 'object' &&
  value !== null &&
  'schemaVersion' in value &&
  value.schemaVersion === 1 &&
  'sections' in value;
