import { saysWayBackCosts, wayBackCosts } from '../../model/way-back-costs.ts';
import { set, sides, type Migration } from '../migration.ts';
import { step } from '../step.ts';

/**
 * Where the way back is made behind the fence it is tried before the gate: whoever approves is told whether going back will cost the writes.
 * Nothing where the strategy alone tells, or the assessment found already that the database does not allow one.
 */
export async function tryWayBack(m: Migration): Promise<void> {
  if (m.progress.feedsBack === undefined) return;
  const { source, target } = m.input.plan;
  const { obstacle } = await step(
    m,
    'tryWayBack',
    `try whether ${source.instance} could follow ${target.cluster}`,
    sides(m),
    { undo: { kind: 'dropReplication' } },
  );
  const others = m.progress.findings.filter((finding) => !saysWayBackCosts(finding));
  set(m, {
    feedsBack: obstacle === null,
    findings: obstacle === null ? others : [...others, wayBackCosts(obstacle)],
  });
}
