import type { MigrationPlan } from '../../model/plan.ts';
import { facts } from './columns.ts';
import type { Look } from './look.ts';
import { span } from '../../model/span.ts';

/** What a person has to know once the run is Temporal's: that they may go, and when they are needed. */
export function afterStart(plan: MigrationPlan, run: { id: string; operator: string }, look: Look): string[] {
  const { approvers, separationOfDuties } = plan.cutover;
  const may = approvers.filter((name) => !separationOfDuties || name !== run.operator);
  return [
    look.paint.green(`✔ started ${run.id}`),
    ...facts(
      [
        ['as', `${run.operator} (a claim)`],
        ['now', 'The run goes on without this terminal; you may close it. daybreak watch follows it.'],
        [
          'needed',
          `Someone is needed when the copy has been rehearsed and verified: ${may.join(', ')} then read daybreak report and decide with daybreak approve --as NAME or daybreak reject --as NAME.`,
        ],
        ['failure', plan.onFailure === 'hold' ? HOLD : UNDO],
        [
          'soak',
          `After the cutover the way back (daybreak rollback) stays open for ${span(plan.soak.duration)}, then the decommission waits for an approval too.`,
        ],
      ],
      look.width,
    ),
  ];
}

const HOLD = 'A step that fails before the cutover waits for an answer: daybreak hold retry or daybreak hold undo.';
const UNDO = 'A step that fails before the cutover undoes everything at once.';
