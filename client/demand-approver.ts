import type { MigrationPlan } from '../model/plan.ts';
import { complain } from './complaint.ts';
import { EXIT } from './exit-codes.ts';

/** A run whose only approver started it would do all the work and then wait at the gate for nobody. */
export function demandApprover({ cutover }: MigrationPlan, operator: string): void {
  const { approvers, separationOfDuties } = cutover;
  if (!separationOfDuties || approvers.some((name) => name !== operator)) return;
  throw complain({
    what: 'nobody could ever approve this migration',
    found: `cutover.approvers: ${approvers.join(', ')}, who also starts it; cutover.separationOfDuties: true`,
    wanted: 'an approver who is not the operator',
    remedy:
      'name another person in cutover.approvers, let somebody else start it (--operator NAME), or set cutover.separationOfDuties to false',
    ending: 'nothing changed',
    exitCode: EXIT.usage,
  });
}
