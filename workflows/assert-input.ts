import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { assertPlan } from '../model/assert-plan.ts';
import { PlanInvalid } from '../model/plan-fault.ts';
import type { MigrateInput } from './messages.ts';

/**
 * A plan may come from anywhere, not only from our command line. Only the first run of the first task asks: a plan that passed stays valid for
 * its migration, though a later release, replaying it, may want more of new ones. Throws a failure `PlanInvalid`, which ends the run.
 */
export function assertInput({ plan }: MigrateInput): void {
  if (workflowInfo().unsafe.isReplaying) return;
  try {
    assertPlan(plan);
  } catch (error) {
    if (error instanceof PlanInvalid) throw ApplicationFailure.nonRetryable(error.message, error.name);
    throw error;
  }
}
