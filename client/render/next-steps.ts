import type { Progress } from '../../model/progress.ts';

/** The commands a person can give now, each with what it does. Empty: nobody is needed. */
export function nextSteps(progress: Progress): string[] {
  switch (progress.status) {
    case 'waiting-for-approval':
      return [
        'daybreak report              what is to be approved',
        `daybreak approve --as NAME   by ${approvers(progress)}`,
        'daybreak reject --as NAME',
      ];
    case 'held':
    case 'rollback-blocked':
      return (progress.held?.answers ?? []).map((answer) => `daybreak hold ${answer}${HOLD_ANSWERS[answer] ?? ''}`);
    case 'paused':
      return ['daybreak resume', 'daybreak rollback            undoes everything'];
    case 'soaking':
      return [
        'daybreak rollback            goes back to the source; --dry-run says first what it does and costs',
        'daybreak soak extend 12h     leaves the way back open for longer',
        'daybreak soak end            asks for the decommission now',
      ];
    case 'returned':
      return [
        'daybreak resume              makes a new report, for another cutover',
        'daybreak rollback            undoes everything',
      ];
    default:
      return [];
  }
}

const HOLD_ANSWERS: Readonly<Record<string, string>> = {
  retry: '          tries the step again',
  undo: '           undoes everything',
  skip: ' --reason …  leaves this one as it is',
  done: ' --reason …  you did it by hand',
};

function approvers({ gate }: Progress): string {
  if (gate === null) return 'an approver of the plan';
  const { approvers: names, operator, separationOfDuties } = gate.report;
  return names.filter((name) => !separationOfDuties || name !== operator).join(', ');
}
