import type { MigrationPlan } from './plan.ts';
import { isPhysical } from './strategy.ts';

/** Whom Daybreak works as on the target. `managed`: RDS keeps the password, the cluster names the secret. */
export interface TargetMaster {
  readonly user: string;
  readonly password: MigrationPlan['target']['masterPassword'];
}

/** A target made of the source's files has its master user and password; a new one those of the plan. */
export const targetMaster = (plan: MigrationPlan): TargetMaster =>
  isPhysical(plan)
    ? { user: plan.source.user, password: plan.source.password }
    : { user: plan.target.masterUser, password: plan.target.masterPassword };
