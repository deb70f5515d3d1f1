import type { SwitchPlan } from '../../model/plan-values.ts';
import type { Login } from '../contract.ts';
import { openDotenvSwitch } from './dotenv-switch.ts';
import { openSourceSwitch } from './source-switch.ts';

/** Where a side answers. */
export type Address = Pick<Login, 'host' | 'port' | 'database'>;

/** The two addresses a switch stands between, whatever the direction of the hand-over. */
export interface SwitchContext {
  readonly migration: string;
  readonly from: Address;
  readonly to: Address;
}

/**
 * One place where the application keeps the database's address. All deeds are idempotent, read back what they wrote, end within
 * 5 s (`deed-limit.ts`) and throw `SwitchFailed`: what someone else changed in between is refused, never written over.
 */
export interface Switch {
  /** Writes the new address where it changes nothing yet. `change` says it in words, without any secret. */
  stage(): Promise<{ readonly change: string }>;
  /** Removes what staging wrote, and with it the record `revert` needs: only before `apply`, or when nobody will go back. */
  unstage(): Promise<'undone' | 'absent'>;
  /** Points the application at the target. Needs `stage`. */
  apply(): Promise<void>;
  /** Puts back what stood there before; other changes made since stay. */
  revert(): Promise<'undone' | 'absent'>;
  /** Whether `apply` stands. */
  isApplied(): Promise<boolean>;
}

export const openSwitch = (plan: SwitchPlan, context: SwitchContext): Switch =>
  plan.kind === 'dotenv' ? openDotenvSwitch(plan, context) : openSourceSwitch(plan, context);
