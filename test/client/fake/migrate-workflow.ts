import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { decide, type Answer, type Approval } from '../../../model/gate.ts';
import { isEnding } from '../../../client/temporal/ending.ts';
import type { Decision, Progress } from '../../../model/progress.ts';
import type { GateName } from '../../../model/report.ts';
import type { RollbackPreview } from '../../../model/rollback-preview.ts';
import * as messages from '../../../workflows/messages.ts';
import { newMigration } from '../../../workflows/migration.ts';
import type { FakeActivities } from './activities.ts';

/**
 * Stands in for the real workflow under its name: it answers the same query and messages from a Progress that the test
 * sets, and ends as the real one does, so that the CLI is tested against a real server without waiting for a real migration.
 */
export const setProgress = defineSignal<[Partial<Progress>]>('setProgress');
/** Runs an activity that heartbeats as a copy does, until the run ends. */
export const beginCopy = defineSignal('beginCopy');

const { copyDatabase } = proxyActivities<FakeActivities>({ startToCloseTimeout: '1h', heartbeatTimeout: '1h' });

export async function migrateWorkflow(input: messages.MigrateInput): Promise<Progress> {
  let progress: Progress = { ...newMigration(input).progress, migration: workflowInfo().workflowId };
  const record = (decision: Omit<Decision, 'at'>): void => {
    progress = { ...progress, decisions: [...progress.decisions, { at: new Date().toISOString(), ...decision }] };
  };
  const gateRequest = (name: GateName, kind: 'approved' | 'rejected') => (message: Approval) => {
    const answer = decide(progress.gate, name, message, Date.now());
    record({ message: `${kind} ${name}`, by: message.approver, ...told(answer), comment: message.comment ?? null });
    if (answer.accepted && progress.gate !== null) {
      const decision = { kind, by: message.approver, at: new Date().toISOString() };
      progress = { ...progress, gate: { ...progress.gate, decision }, status: 'running' };
    }
    return answer;
  };
  const request = (name: string, refusal: (payload: unknown) => string | null) => (payload: messages.Request) => {
    const reason = refusal(payload);
    const answer: Answer = reason === null ? { accepted: true } : { accepted: false, reason };
    record({ message: `${name} ${JSON.stringify(payload)}`, by: payload.actor, ...told(answer), comment: null });
    return answer;
  };
  setHandler(messages.progressQuery, () => progress);
  setHandler(setProgress, (next) => {
    progress = { ...progress, ...next };
  });
  setHandler(beginCopy, async () => await copyDatabase());
  setHandler(messages.approveSourceReboot.update, gateRequest('source-reboot', 'approved'));
  setHandler(messages.rejectSourceReboot.update, gateRequest('source-reboot', 'rejected'));
  setHandler(messages.approveCutover.update, gateRequest('cutover', 'approved'));
  setHandler(messages.rejectCutover.update, gateRequest('cutover', 'rejected'));
  setHandler(messages.approveDecommission.update, gateRequest('decommission', 'approved'));
  setHandler(messages.rejectDecommission.update, gateRequest('decommission', 'rejected'));
  setHandler(
    messages.pause.update,
    request('pause', () => null),
  );
  setHandler(
    messages.resume.update,
    request('resume', () => (progress.status === 'paused' ? null : 'not paused')),
  );
  setHandler(
    messages.hold.update,
    request('hold', () => (progress.held === null ? 'nothing is held' : null)),
  );
  setHandler(
    messages.rollback.update,
    request('rollback', () => null),
  );
  setHandler(
    messages.extendSoak.update,
    request('extendSoak', () => null),
  );
  setHandler(
    messages.endSoak.update,
    request('endSoak', () => (progress.status === 'soaking' ? null : 'it does not soak')),
  );
  setHandler(messages.previewRollback, (): RollbackPreview =>
    progress.status === 'soaking' ? PREVIEW : { kind: 'refused', reason: 'it has ended already' },
  );
  const root = CancellationScope.current();
  await CancellationScope.nonCancellable(async () => await condition(() => isEnding(progress.status)));
  if (progress.status === 'done') return progress;
  if (progress.status === 'cancelled' && root.consideredCancelled) throw new CancelledFailure('cancelled');
  throw ApplicationFailure.nonRetryable(progress.status, 'MigrationEnded', progress);
}

const PREVIEW: RollbackPreview = {
  kind: 'hand-over',
  lagBytes: 2_048,
  tripMs: 9,
  predictedPauseMs: 45,
  switches: [{ name: 'website', kind: 'dotenv', change: 'new.test:5432/app → old.test:5432/app' }],
  lost: false,
  writesLost: 0,
  troubles: ['switch website does not lead to the target now'],
};

const told = (answer: Answer): Pick<Decision, 'accepted' | 'reason'> => ({
  accepted: answer.accepted,
  reason: answer.accepted ? null : answer.reason,
});
