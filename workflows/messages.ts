import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Answer, Approval, Rejection } from '../model/gate.ts';
import type { MigrationPlan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import type { GateName } from '../model/report.ts';
import type { RollbackPreview } from '../model/rollback-preview.ts';

/** What `daybreak start` sends. */
export interface MigrateInput {
  readonly plan: MigrationPlan;
  /** Who started it; a claim, as approvers are. */
  readonly operator: string;
  /** Whether the namespace has Daybreak's search attributes: using a missing one would loop the workflow task. */
  readonly searchAttributes: boolean;
}

export interface Request {
  readonly actor: string;
  readonly reason?: string;
}
export interface HoldAnswer extends Request {
  /** `skip` and `done` answer a blocked undo only; both need a reason. */
  readonly answer: 'retry' | 'undo' | 'skip' | 'done';
}
export interface RollbackRequest extends Request {
  /** Needed once the target has taken writes that going back would lose. */
  readonly acceptLoss?: boolean;
}

export interface ExtendSoak extends Request {
  /** By how much, as in a plan: `12h`, `90m`, `2d`. */
  readonly by: string;
}

/** Each request exists twice under one name: as a signal (the Temporal UI can send it, no worker need live) and as an update (answers at once). */
const request = <Payload>(name: string) => ({
  signal: defineSignal<[Payload]>(name),
  update: defineUpdate<Answer, [Payload]>(name),
});

export const approveSourceReboot = request<Approval>('approveSourceReboot');
export const rejectSourceReboot = request<Rejection>('rejectSourceReboot');
export const approveCutover = request<Approval>('approveCutover');
export const rejectCutover = request<Rejection>('rejectCutover');
export const approveDecommission = request<Approval>('approveDecommission');
export const rejectDecommission = request<Rejection>('rejectDecommission');

/** What decides each gate. */
export const GATE_REQUESTS = {
  'source-reboot': { approve: approveSourceReboot, reject: rejectSourceReboot },
  cutover: { approve: approveCutover, reject: rejectCutover },
  decommission: { approve: approveDecommission, reject: rejectDecommission },
} as const satisfies Record<GateName, unknown>;
export const hold = request<HoldAnswer>('hold');
export const pause = request<Request>('pause');
export const resume = request<Request>('resume');
export const rollback = request<RollbackRequest>('rollback');

export const extendSoak = request<ExtendSoak>('extendSoak');
export const endSoak = request<Request>('endSoak');

/** A question, not a request: it decides nothing. An update, because both sides have to be looked at for the answer. */
export const previewRollback = defineUpdate<RollbackPreview, [Request]>('previewRollback');

export const progressQuery = defineQuery<Progress>('progress');

/** Name under which the worker registers the workflow and clients start it. */
export const MIGRATE_WORKFLOW = 'migrateWorkflow';
