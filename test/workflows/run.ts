import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Answer, Gate } from '../../model/gate.ts';
import { TASK_QUEUES } from '../../model/names.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import * as messages from '../../workflows/messages.ts';
import type { migrateWorkflow } from '../../workflows/migrate-workflow.ts';
import { until } from '../until.ts';
import { samplePlan } from './sample-plan.ts';
import type { Bench } from './time-skipping.ts';

let started = 0;

/** A running migration and what people do to it. */
export interface Run {
  readonly handle: WorkflowHandle<typeof migrateWorkflow>;
  progress(): Promise<Progress>;
  /** Waits, in real time, until progress is as wanted; `what` says what for. */
  until(what: string, wanted: (progress: Progress) => boolean): Promise<Progress>;
  /** Waits for an open gate. */
  gate(name?: Gate['name'], round?: number): Promise<Gate>;
  approve(approver?: string): Promise<Answer>;
  approveDecommission(approver?: string): Promise<Answer>;
  approveSourceReboot(approver?: string): Promise<Answer>;
  reject(approver?: string): Promise<Answer>;
  send<Payload>(request: { readonly update: RequestUpdate<Payload> }, payload: Payload): Promise<Answer>;
  /** Lets the server's clock run until the run is closed. */
  end(): Promise<End>;
  /** Soaks, approves the decommission and ends: a run must not be left behind, its pending activities would hold the server's clock. */
  finish(): Promise<End>;
  events(): Promise<number>;
}

type RequestUpdate<Payload> = ReturnType<typeof import('@temporalio/workflow').defineUpdate<Answer, [Payload]>>;

export interface End {
  readonly closed: 'completed' | 'failed' | 'cancelled';
  /** The last state, from the result, the failure's details or the query. */
  readonly progress: Progress;
}

export async function startRun(
  { env }: Bench,
  plan: MigrationPlan = samplePlan(),
  input: Partial<messages.MigrateInput> = {},
): Promise<Run> {
  started += 1;
  const handle = await env.client.workflow.start<typeof migrateWorkflow>(messages.MIGRATE_WORKFLOW, {
    workflowId: `migration-${process.pid}-${started}`,
    taskQueue: TASK_QUEUES.main,
    args: [{ plan, operator: 'olga', searchAttributes: false, ...input }],
  });
  return runOf(handle, env);
}

/** A run that exists, as a reset makes one. */
export const continueRun = ({ env }: Bench, workflowId: string, runId: string): Run =>
  runOf(env.client.workflow.getHandle<typeof migrateWorkflow>(workflowId, runId), env);

function runOf(handle: Run['handle'], env: Bench['env']): Run {
  const progress = (): Promise<Progress> => handle.query(messages.progressQuery);
  const reached: Run['until'] = (what, wanted) => untilIt(progress, what, wanted);
  const gate: Run['gate'] = async (name = 'cutover', round = 1) => {
    const open = await reached(
      `the ${name} gate of round ${round}`,
      (p) => p.gate?.name === name && p.gate.report.round === round,
    );
    if (open.gate === null) throw new Error('the gate closed again');
    return open.gate;
  };
  const send: Run['send'] = (request, payload) => handle.executeUpdate(request.update, { args: [payload] });
  const decide = async (
    request: typeof messages.approveCutover,
    name: Gate['name'],
    approver: string,
  ): Promise<Answer> => {
    const { gate: open } = await reached(`an open ${name} gate`, (p) => p.gate?.name === name);
    return send(request, { digest: open?.digest ?? '', approver });
  };
  return {
    handle,
    progress,
    until: reached,
    gate,
    send,
    approve: (approver = 'ada') => decide(messages.approveCutover, 'cutover', approver),
    approveSourceReboot: (approver = 'ada') => decide(messages.approveSourceReboot, 'source-reboot', approver),
    approveDecommission: (approver = 'ada') => decide(messages.approveDecommission, 'decommission', approver),
    reject: (approver = 'ada') => decide(messages.rejectCutover, 'cutover', approver),
    end: () => endOf(handle, progress),
    finish: async () => {
      await reached('the soak or what follows it', (p) => p.status === 'soaking' || p.gate?.name === 'decommission');
      const { waitingFor } = await reached('the wait', (p) => p.waitingFor !== null);
      if (waitingFor?.what === 'the end of the soak')
        await env.sleep(Date.parse(waitingFor.until ?? '') - (await env.currentTimeMs()));
      await decide(messages.approveDecommission, 'decommission', 'ada');
      return endOf(handle, progress);
    },
    events: async () => (await handle.fetchHistory()).events?.length ?? 0,
  };
}

const LIMIT_MS = 20_000;

async function untilIt(
  progress: () => Promise<Progress>,
  what: string,
  wanted: (progress: Progress) => boolean,
): Promise<Progress> {
  let last: Progress | null = null;
  const look = async (): Promise<Progress | null> => (wanted((last = await progress())) ? last : null);
  return await until(what, look, { limitMs: LIMIT_MS, lookMs: 20, seen: () => JSON.stringify(last, null, 1) });
}

async function endOf(handle: Run['handle'], progress: () => Promise<Progress>): Promise<End> {
  try {
    return { closed: 'completed', progress: await handle.result() };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) return { closed: 'cancelled', progress: await progress() };
    if (!(cause instanceof ApplicationFailure) || cause.type !== 'MigrationEnded') throw error;
    return { closed: 'failed', progress: cause.details?.[0] as Progress };
  }
}
