import type { SwitchPlan } from '../../model/plan-values.ts';
import type { Login } from '../contract.ts';
import { openDotenvSwitch } from './dotenv-switch.ts';
import type { ConsoleClients } from './pgbouncer-console.ts';
import { openPgbouncerSwitch } from './pgbouncer-switch.ts';
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
  /** What can be done ahead of `pause` and that deed, so that clients do not wait for it: logins, and what the disk has to keep. */
  ready(deed: 'apply' | 'revert'): Promise<void>;
  /** Holds the clients, where something of this kind can: they wait instead of failing. */
  pause?(): Promise<void>;
  /** Lets them go on; does nothing where they are not held. */
  resume?(): Promise<void>;
  /** Whether `apply` stands. */
  isApplied(): Promise<boolean>;
}

/** `clients` is what a switch that is no file needs; without it such a one is refused as the mistake of a programmer. */
export function openSwitch(plan: SwitchPlan, context: SwitchContext, clients?: ConsoleClients): Switch {
  if (plan.kind === 'dotenv') return openDotenvSwitch(plan, context);
  if (plan.kind === 'source') return openSourceSwitch(plan, context);
  if (clients === undefined) throw new TypeError(`switch ${plan.name}: opened without clients`);
  return openPgbouncerSwitch(plan, context, clients);
}
