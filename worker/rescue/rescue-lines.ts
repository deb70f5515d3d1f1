import type { End } from '../../activities/cutover/end-hand-over.ts';
import type { RescuePlan } from '../../activities/cutover/rescue.ts';
import type { MigrationPlan } from '../../model/plan.ts';
import type { Rescue, SideCustody, SideName } from '../../model/rescue.ts';

/** What a person at three in the morning has to know: who takes writes, and what would be done. */

const name = (plan: MigrationPlan, side: SideName): string =>
  side === 'source' ? `source ${plan.source.instance}` : `target ${plan.target.cluster}`;

const WORDS: Record<SideCustody['state'], string> = {
  open: 'takes writes',
  taken: 'takes writes',
  fenced: 'takes no writes until they are given back or given away',
  given: 'has given its writes away',
  closed: 'never took writes',
};

export const custodyLines = (plan: MigrationPlan, { source, target }: RescuePlan): string[] =>
  [['source', source] as const, ['target', target] as const].map(([side, custody]) => {
    if (custody === null) return `${name(plan, side)}: no custody could be read`;
    const until = custody.deadlineMs === null ? '' : `, until ${new Date(custody.deadlineMs).toISOString()}`;
    return `${name(plan, side)}: ${custody.state} (${WORDS[custody.state]}${until})`;
  });

export function deedLine(plan: MigrationPlan, rescue: Exclude<Rescue, { kind: 'nothing' }>): string {
  const other = rescue.giver === 'source' ? 'target' : 'source';
  return rescue.kind === 'give-back'
    ? `will give writes back to the ${name(plan, rescue.giver)} and point the application there`
    : `the ${name(plan, rescue.giver)} has committed: will open the ${name(plan, other)}`;
}

export function outcomeLine(plan: MigrationPlan, end: End, rescue: Exclude<Rescue, { kind: 'nothing' }>): string {
  const other = rescue.giver === 'source' ? 'target' : 'source';
  const words: Record<End, string> = {
    'given-back': `the ${name(plan, rescue.giver)} takes writes again; nothing was lost`,
    completed: `the ${name(plan, other)} takes writes`,
    untouched: 'somebody else ended the hand-over meanwhile; look again',
  };
  return words[end];
}

const ONLY_IF = 'only if Temporal runs this migration no more';

/** A target that gave its writes back is no part of what goes. */
export const releaseLine = (plan: MigrationPlan, target: SideCustody | null): string =>
  target?.state === 'given'
    ? `will drop schema daybreak on the source and all replication of Daybreak on both sides; the ${name(plan, 'target')} is kept, closed: ${ONLY_IF}`
    : `will drop schema daybreak and all replication of Daybreak on both sides: ${ONLY_IF}`;

export function releasedLine(plan: MigrationPlan, { source, target }: Pick<RescuePlan, 'source' | 'target'>): string {
  if (source?.state !== 'taken')
    return 'the claim is released: daybreak start begins again, with what the run before had made';
  const kept = `the ${name(plan, 'target')} was production and is kept`;
  return [
    'the claim is released: nothing follows the source any more, and nothing of Daybreak is left there',
    target === null
      ? `${kept}; it could not be read, so what may be left of replication there is dropped by hand`
      : `${kept}, closed to its clients`,
    'daybreak start begins again with another target, or with this one after you have deleted it',
  ].join('\n');
}
