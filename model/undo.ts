import type { SwitchPlan } from './plan-values.ts';

/** The compensation of a step: plain data, pushed before the deed, idempotent, run last in first out. */
export type Undo =
  | { readonly kind: 'releaseSource' }
  | { readonly kind: 'deleteParameterGroup'; readonly name: string }
  | { readonly kind: 'deleteCluster'; readonly cluster: string }
  | { readonly kind: 'deleteInstance'; readonly instance: string }
  | { readonly kind: 'dropWorkingCopy' }
  | { readonly kind: 'unstageSwitch'; readonly switch: SwitchPlan };

/** What became of an undo: `absent` means there was nothing to undo. */
export interface UndoOutcome {
  readonly undo: Undo;
  readonly outcome: 'undone' | 'absent' | 'skipped' | 'marked-done' | 'failed';
  /** Why it failed, or the reason an operator gave for skipping it. */
  readonly reason?: string;
}
