import type { UpdateDefinition } from '@temporalio/common';
import type { Answer } from '../model/gate.ts';
import type { Cli } from './cli.ts';
import { reportSent } from './report-sent.ts';
import { askAgain } from './temporal/ask-again.ts';
import { withTemporal } from './temporal/connect.ts';
import { findRun } from './temporal/find-run.ts';
import { sendRequest } from './temporal/send-request.ts';

/** What a plain request takes on the command line. */
export interface RequestOptions {
  readonly as?: string;
  readonly reason?: string;
  readonly json?: true;
}

/** Finds the run a person means, sends it one request and tells what became of it. */
export async function send<Payload>(
  cli: Cli,
  to: { readonly id: string | undefined; readonly what: string; readonly json: boolean },
  update: UpdateDefinition<Answer, [Payload]>,
  payload: Payload,
): Promise<number> {
  return await withTemporal(async (temporal) => {
    const id = await findRun(temporal, to.id);
    const sent = await sendRequest(temporal, { id, asking: askAgain(cli) }, update, payload);
    return reportSent(cli, sent, { ...to, id });
  });
}

/** An absent reason stays absent: what is sent stands in the history. */
export const reasonOf = ({ reason }: RequestOptions): { reason?: string } => (reason === undefined ? {} : { reason });
