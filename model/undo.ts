import type { SwitchPlan } from './plan-values.ts';

/** The compensation of a step: plain data, pushed before the deed, idempotent, run last in first out. */
export type Undo =
  | { readonly kind: 'releaseSource' }
  | { readonly kind: 'deleteParameterGroup'; readonly name: string }
  | { readonly kind: 'deleteCluster'; readonly cluster: string }
  | { readonly kind: 'deleteInstance'; readonly instance: string }
  | { readonly kind: 'deleteSnapshot'; readonly snapshot: string }
  | { readonly kind: 'dropWorkingCopy' }
  | { readonly kind: 'dropReplication' }
  | { readonly kind: 'unmarkProduction' }
  | { readonly kind: 'unstageSwitch'; readonly switch: SwitchPlan }
  | { readonly kind: 'revertSwitch'; readonly switch: SwitchPlan };

/** What became of an undo: `absent` means there was nothing to undo. */
export interface UndoOutcome {
  readonly undo: Undo;
  readonly outcome: 'undone' | 'absent' | 'skipped' | 'marked-done' | 'failed';
  /** Why it failed, or the reason an operator gave for skipping it. */
  readonly reason?: string;
}

/** What the undo is about, without its kind. */
const subjectOf = (undo: Undo): string => {
  switch (undo.kind) {
    case 'deleteParameterGroup':
      return undo.name;
    case 'deleteCluster':
      return undo.cluster;
    case 'deleteInstance':
      return undo.instance;
    case 'deleteSnapshot':
      return undo.snapshot;
    case 'unstageSwitch':
    case 'revertSwitch':
      return undo.switch.name;
    case 'releaseSource':
    case 'dropWorkingCopy':
    case 'dropReplication':
    case 'unmarkProduction':
      return '';
  }
};

export const isSameUndo = (one: Undo, other: Undo): boolean =>
  one.kind === other.kind && subjectOf(one) === subjectOf(other);

const WORDS = {
  releaseSource: 'release the source',
  deleteParameterGroup: 'delete parameter group',
  deleteCluster: 'delete Aurora cluster',
  deleteInstance: 'delete Aurora instance',
  deleteSnapshot: 'delete the fenced snapshot',
  dropWorkingCopy: 'drop the working copy',
  dropReplication: 'end the replication between both sides',
  unmarkProduction: 'take the mark of production off the target',
  unstageSwitch: 'unstage switch',
  revertSwitch: 'revert switch',
} as const satisfies Record<Undo['kind'], string>;

/** In words for people, e.g. `delete Aurora cluster mindmeasure-aurora`. */
export const labelOf = (undo: Undo): string => `${WORDS[undo.kind]} ${subjectOf(undo)}`.trimEnd();

/** Whether `undo` has to wait for `earlier`, which is blocked; everything else goes on without it. */
export function waitsFor(undo: Undo, earlier: Undo): boolean {
  switch (undo.kind) {
    // The claim falls last: until then no other migration of this database can meet what is left of ours.
    case 'releaseSource':
      return true;
    case 'deleteCluster':
      return earlier.kind === 'deleteInstance' || earlier.kind === 'unmarkProduction';
    case 'deleteParameterGroup':
      return ['deleteInstance', 'deleteCluster', 'unmarkProduction'].includes(earlier.kind);
    case 'unstageSwitch':
      return earlier.kind === 'revertSwitch' && earlier.switch.name === undo.switch.name;
    case 'deleteInstance':
      return earlier.kind === 'unmarkProduction';
    case 'deleteSnapshot':
    case 'dropWorkingCopy':
    case 'dropReplication':
    case 'unmarkProduction':
    case 'revertSwitch':
      return false;
  }
}
